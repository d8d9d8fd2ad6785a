-- Is long-term glucose control (HbA1c) different under insulin and metformin in people with diabetes?
WITH diabetes AS (SELECT DISTINCT person_id FROM condition WHERE code = 'E11.9'),
control AS (
  SELECT person_id, avg(clamp(value, 3, 16)) AS hba1c FROM observation WHERE code = '4548-4' GROUP BY person_id
),
medicine AS (
  SELECT person_id, bool_or(code = 'A10AE04') AS insulin, bool_or(code = 'A10BA02') AS metformin
  FROM medication_request GROUP BY person_id
)
SELECT CASE WHEN m.insulin THEN 'insulin' WHEN m.metformin THEN 'metformin' ELSE 'other or none' END AS medicine,
  count(*) AS persons, avg(c.hba1c) AS mean_hba1c
FROM diabetes d JOIN control c USING (person_id) LEFT JOIN medicine m USING (person_id)
GROUP BY medicine
