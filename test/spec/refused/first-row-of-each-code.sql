SELECT code, count(*) AS n FROM (SELECT person_id, code FROM condition QUALIFY row_number() OVER (PARTITION BY person_id, code ORDER BY onset_date) = 1) x GROUP BY ROLLUP (code)
-- refused: grouping-sets-cells at 1:173
