WITH r AS (SELECT person_id, rank() OVER (ORDER BY birth_date) AS n FROM patient)
SELECT count(*) FROM r WHERE n = 1
-- refused: window-needs-person-key at 1:19
