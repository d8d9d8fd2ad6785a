SELECT count(*) FROM patient WHERE birth_date > (SELECT max(birth_date) FROM patient)
-- refused: subquery-not-correlated at 1:49
