SELECT * FROM patient
-- refused: release-rows at 1:8
