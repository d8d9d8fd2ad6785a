SELECT count(*) FROM patient UNION ALL SELECT count(*) FROM condition
-- refused: release-one-select at 1:47
