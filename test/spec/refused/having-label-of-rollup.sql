SELECT sex, region, count(*) AS n FROM patient GROUP BY ROLLUP (sex, region) HAVING sex = 'female'
-- refused: release-having at 1:89
