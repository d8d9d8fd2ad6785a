SELECT count(DISTINCT region) AS n FROM patient
-- refused: release-aggregate at 1:23
