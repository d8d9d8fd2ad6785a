SELECT sex, count(*) FROM patient TABLESAMPLE 10% GROUP BY sex
-- refused: sample-on-persons at 1:27
