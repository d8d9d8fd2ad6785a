SELECT count(*) FROM main.patient
-- refused: table-qualified at 1:22
