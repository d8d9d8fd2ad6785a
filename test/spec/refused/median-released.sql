SELECT median(birth_year) AS m FROM patient
-- refused: release-aggregate at 1:8
