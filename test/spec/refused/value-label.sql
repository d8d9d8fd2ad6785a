SELECT value, count(DISTINCT person_id) FROM observation GROUP BY value
-- refused: label-open at 1:67
