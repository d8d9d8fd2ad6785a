SELECT person_id % 10 AS d, count(*) FROM patient GROUP BY d
-- refused: key-unusable at 1:8
