-- An epidemiologist learns the mean HbA1c (%) of people with type-2 diabetes, with and without metformin.
WITH diabetes AS (
  SELECT DISTINCT person_id
  FROM condition
  WHERE code = 'E11.9'
),
control AS (
  SELECT person_id, avg(clamp(value, 4, 14)) AS hba1c
  FROM observation
  WHERE code = '4548-4'
  GROUP BY person_id
),
medicine AS (
  SELECT
    person_id,
    max(CASE WHEN code = 'A10BA02' THEN 1 ELSE 0 END) AS metformin
  FROM medication_request
  GROUP BY person_id
)
SELECT
  CASE WHEN m.metformin = 1 THEN 'metformin' ELSE 'other or none' END AS medicine,
  count(*) AS persons,
  avg(clamp(c.hba1c, 4, 14)) AS mean_hba1c
FROM diabetes d
JOIN control c ON c.person_id = d.person_id
LEFT JOIN medicine m ON m.person_id = d.person_id
GROUP BY CASE WHEN m.metformin = 1 THEN 'metformin' ELSE 'other or none' END
ORDER BY persons DESC
