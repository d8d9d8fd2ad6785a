SELECT count(*) FROM patient
-- refused: text-hidden-character at 1:7
