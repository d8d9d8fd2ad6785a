-- How many people with diabetes have a kidney diagnosis as well?
SELECT count(*) AS persons,
  100.0 * count(*) FILTER (WHERE p.person_id IN (SELECT person_id FROM condition WHERE code = 'N18.3'))
    / nullif(count(*), 0) AS percent
FROM patient p
WHERE p.person_id IN (SELECT c.person_id FROM condition c WHERE c.code = 'E11.9')
