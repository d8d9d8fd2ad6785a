SELECT sex, count(*) FROM patient NATURAL JOIN condition GROUP BY sex
-- refused: join-kind at 1:35
