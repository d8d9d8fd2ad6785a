-- Which antidiabetic drug do people with type 2 diabetes get first?
WITH ranked AS (
  SELECT m.person_id, m.code,
         ROW_NUMBER() OVER (PARTITION BY m.person_id ORDER BY m.authored_date, m.code) AS rn
  FROM medication_request m
  JOIN (SELECT DISTINCT person_id FROM condition WHERE code LIKE 'E11%') d
    ON d.person_id = m.person_id
  WHERE m.code LIKE 'A10%'
)
SELECT code AS first_drug, COUNT(*) AS persons
FROM ranked
WHERE rn = 1
GROUP BY code
ORDER BY persons DESC
