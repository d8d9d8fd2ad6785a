SELECT count(*) FROM patient WHERE region > 5
-- refused: types-differ at 1:43
