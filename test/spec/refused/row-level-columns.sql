SELECT sex, region FROM patient
-- refused: release-rows at 1:8
