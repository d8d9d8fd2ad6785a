SELECT count(*) FILTER (WHERE least(birth_date, region) IS NULL) AS n FROM patient
-- refused: types-differ at 1:49
