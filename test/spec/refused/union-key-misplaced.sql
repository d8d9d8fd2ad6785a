SELECT count(*) AS n FROM (SELECT person_id, code FROM condition UNION ALL SELECT code, person_id FROM procedure) u
-- refused: set-needs-person-key at 1:83
