SELECT sum(value * 2) AS total FROM observation
-- refused: sum-unbounded at 1:18
