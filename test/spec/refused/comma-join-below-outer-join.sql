SELECT count(*) AS n FROM patient p LEFT JOIN (condition c CROSS JOIN encounter e) ON p.person_id = c.person_id WHERE c.person_id = e.person_id
-- refused: join-needs-person-key at 1:60
