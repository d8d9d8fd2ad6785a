SELECT COLUMNS('reg.*') FROM patient
-- refused: star-option at 1:8
