SELECT sum(least(value, 365)) AS n FROM observation
-- refused: sum-unbounded at 1:12
