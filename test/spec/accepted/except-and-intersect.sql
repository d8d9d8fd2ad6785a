-- Who has diabetes on record but no medicine for it?
WITH a AS (SELECT person_id FROM condition WHERE code = 'E11.9'
           EXCEPT SELECT person_id FROM medication_request WHERE starts_with(code, 'A10')),
b AS (SELECT person_id FROM a INTERSECT SELECT person_id FROM patient WHERE sex = 'female')
SELECT count(*) AS persons FROM b
