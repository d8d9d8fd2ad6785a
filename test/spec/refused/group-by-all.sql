SELECT sex, count(*) FROM patient GROUP BY ALL
-- refused: option-unknown at 1:8
