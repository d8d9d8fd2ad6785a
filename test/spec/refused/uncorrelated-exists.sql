SELECT count(*) FROM patient WHERE EXISTS (SELECT 1 FROM condition WHERE code = 'I10')
-- refused: subquery-not-correlated at 1:36
