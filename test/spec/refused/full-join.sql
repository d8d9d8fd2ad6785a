SELECT p.sex, count(*) FROM patient p FULL JOIN condition c ON c.person_id = p.person_id GROUP BY p.sex
-- refused: join-kind at 1:39
