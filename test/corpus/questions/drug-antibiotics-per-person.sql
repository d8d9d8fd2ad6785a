-- Antibiotic prescriptions per 1,000 inhabitants in 2023 by age group.
WITH ab AS (
  SELECT person_id, COUNT(*) AS n
  FROM medication_request
  WHERE code LIKE 'J01%' AND YEAR(authored_date) = 2023
  GROUP BY person_id
)
SELECT CASE WHEN p.birth_date > '2018-01-01' THEN '0-4'
            WHEN p.birth_date > '2005-01-01' THEN '5-17'
            WHEN p.birth_date > '1958-01-01' THEN '18-64'
            ELSE '65+' END AS age_group,
       COUNT(*) AS inhabitants,
       SUM(ab.n) AS prescriptions,
       1000.0 * SUM(ab.n) / COUNT(*) AS per_1000
FROM patient p
LEFT JOIN ab ON ab.person_id = p.person_id
GROUP BY 1
ORDER BY 1
