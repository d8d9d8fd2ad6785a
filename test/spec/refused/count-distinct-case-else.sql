SELECT count(DISTINCT CASE WHEN sex = 'male' THEN person_id ELSE 1 END) AS n FROM patient
-- refused: key-unusable at 1:51
