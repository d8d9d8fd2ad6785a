SELECT end_date - start_date AS days, count(*) AS n FROM encounter WHERE start_date - end_date BETWEEN 0 AND 13 GROUP BY days
-- refused: label-open at 1:17
