SELECT count(*) FROM patient WHERE person_id = 17
-- refused: key-unusable at 1:36
