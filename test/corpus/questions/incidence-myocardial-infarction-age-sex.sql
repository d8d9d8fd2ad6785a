-- First myocardial infarction in 2023 by sex and ten-year age group.
SELECT
  p.sex,
  CASE
    WHEN date_diff('year', p.birth_date, DATE '2023-07-01') < 40 THEN '<40'
    WHEN date_diff('year', p.birth_date, DATE '2023-07-01') < 50 THEN '40-49'
    WHEN date_diff('year', p.birth_date, DATE '2023-07-01') < 60 THEN '50-59'
    WHEN date_diff('year', p.birth_date, DATE '2023-07-01') < 70 THEN '60-69'
    WHEN date_diff('year', p.birth_date, DATE '2023-07-01') < 80 THEN '70-79'
    ELSE '80+'
  END AS age_group,
  COUNT(DISTINCT p.person_id) AS cases
FROM patient p
JOIN (
  SELECT person_id, MIN(onset_date) AS onset
  FROM condition
  WHERE code IN ('I21.4', 'I21.9')
  GROUP BY person_id
) mi ON mi.person_id = p.person_id
WHERE mi.onset >= DATE '2023-01-01' AND mi.onset < DATE '2024-01-01'
GROUP BY 1, 2
ORDER BY 1, 2
