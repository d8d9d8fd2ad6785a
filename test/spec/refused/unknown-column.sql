SELECT
seks, count(*) FROM patient GROUP BY 1
-- refused: column-unknown at 2:1
