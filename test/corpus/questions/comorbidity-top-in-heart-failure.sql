-- The ten most common other diagnoses of people with heart failure.
SELECT c.code, COUNT(DISTINCT c.person_id) AS persons
FROM condition c
WHERE c.person_id IN (SELECT person_id FROM condition WHERE code IN ('I50.0', 'I50.9'))
  AND c.code NOT IN ('I50.0', 'I50.9')
GROUP BY c.code
ORDER BY persons DESC
LIMIT 10
