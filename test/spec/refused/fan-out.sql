SELECT count(DISTINCT a.person_id) AS n FROM condition a JOIN encounter b ON a.person_id = b.person_id JOIN observation c ON a.person_id = c.person_id
-- refused: fan-out at 1:104
