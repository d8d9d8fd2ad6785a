SELECT max(birth_year) AS oldest FROM patient
-- refused: release-aggregate at 1:8
