SELECT count(*) FROM patient WHERE person_id IN (1, 2, 3)
-- refused: key-unusable at 1:36
