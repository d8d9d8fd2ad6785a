SELECT sex, count(*) FROM (SELECT * FROM patient LIMIT 11) p GROUP BY sex
-- refused: limit-on-persons at 1:35
