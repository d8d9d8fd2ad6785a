SELECT sex, count(*) AS n FROM patient GROUP BY sex HAVING max(birth_year) > 2000
-- refused: release-aggregate at 1:60
