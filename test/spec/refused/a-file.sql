SELECT count(*) FROM '/etc/passwd'
-- refused: table-unknown at 1:22
