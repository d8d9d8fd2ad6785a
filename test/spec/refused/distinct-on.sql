SELECT count(*) AS n FROM (SELECT DISTINCT ON (person_id) region AS person_id FROM patient) r
-- refused: option-unknown at 1:59
