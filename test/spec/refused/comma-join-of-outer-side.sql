SELECT count(*) AS n FROM patient p LEFT JOIN (SELECT c.code FROM condition c, encounter e) x ON x.code = 'I10' WHERE p.person_id = p.person_id
-- refused: join-needs-person-key at 1:80
