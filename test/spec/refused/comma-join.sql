SELECT p.sex, count(*) FROM patient p, condition c WHERE p.person_id = c.person_id OR c.code = 'I10' GROUP BY p.sex
-- refused: join-needs-person-key at 1:40
