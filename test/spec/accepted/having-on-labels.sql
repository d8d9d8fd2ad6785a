-- Adults by age group, those without one left out, where there are enough.
SELECT sex, CASE WHEN birth_year < 1960 THEN 'older' WHEN birth_year < 2000 THEN 'adult' END AS age_group, count(*) AS persons
FROM patient GROUP BY sex, age_group
HAVING age_group IS NOT NULL AND sex IN ('female', 'male') AND count(*) >= 20
