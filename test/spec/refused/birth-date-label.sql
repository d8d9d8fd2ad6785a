SELECT birth_date, count(*) AS n FROM patient GROUP BY birth_date
-- refused: label-open at 1:56
