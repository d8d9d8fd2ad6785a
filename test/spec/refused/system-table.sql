SELECT count(*) FROM information_schema.tables
-- refused: table-qualified at 1:22
