SELECT type_code, count(*) AS n FROM encounter GROUP BY type_code
-- refused: label-open at 1:57
