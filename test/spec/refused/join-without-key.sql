SELECT p.sex, count(*) FROM
patient p JOIN condition c ON c.code = p.region GROUP BY p.sex
-- refused: join-needs-person-key at 2:11
