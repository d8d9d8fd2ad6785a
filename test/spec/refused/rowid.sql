SELECT count(*) FROM patient WHERE rowid = 1
-- refused: column-unknown at 1:36
