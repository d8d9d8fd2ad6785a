SELECT sex, count(*) AS n FROM patient GROUP BY sex HAVING birth_year > 2000
-- refused: release-having at 1:71
