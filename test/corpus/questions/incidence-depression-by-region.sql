-- New diagnoses of depression in 2022 per region, and as a percentage of the residents.
SELECT p.region,
       COUNT(*) AS residents,
       COUNT(d.person_id) AS new_cases,
       ROUND(100.0 * COUNT(d.person_id) / COUNT(*), 2) AS percent
FROM patient p
LEFT JOIN (
  SELECT person_id
  FROM condition
  WHERE code IN ('F32.1', 'F32.9', 'F33.9')
  GROUP BY person_id
  HAVING MIN(recorded_date) BETWEEN DATE '2022-01-01' AND DATE '2022-12-31'
) d ON d.person_id = p.person_id
GROUP BY p.region
