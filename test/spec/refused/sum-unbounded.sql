SELECT p.sex, avg(o.value) AS mean FROM observation o JOIN patient p ON o.person_id = p.person_id GROUP BY p.sex
-- refused: sum-unbounded at 1:19
