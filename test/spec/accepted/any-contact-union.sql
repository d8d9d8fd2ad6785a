-- Who had a contact or a procedure in 2022?
WITH contact AS (
  SELECT person_id, start_date AS day FROM encounter
  UNION ALL
  SELECT person_id, performed_date FROM procedure WHERE status = 'completed'
)
SELECT p.region, count(DISTINCT p.person_id) AS persons
FROM patient p JOIN contact c ON c.person_id = p.person_id
WHERE c.day BETWEEN DATE '2022-01-01' AND DATE '2022-12-31'
GROUP BY p.region
