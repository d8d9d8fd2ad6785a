SELECT CASE WHEN sex = 'female' THEN 'f' ELSE 'm' END AS region, count(*) FROM patient GROUP BY region
-- refused: column-ambiguous at 1:97
