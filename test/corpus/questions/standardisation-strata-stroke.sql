-- Numerators and denominators by sex and five-year age group for age-standardised stroke incidence in 2023.
WITH stroke AS (
  SELECT person_id FROM condition
  WHERE code IN ('I63.9', 'I64')
  GROUP BY person_id
  HAVING MIN(onset_date) >= DATE '2023-01-01' AND MIN(onset_date) <= DATE '2023-12-31'
)
SELECT p.sex,
       5 * FLOOR(date_diff('year', p.birth_date, DATE '2023-01-01') / 5) AS age_from,
       COUNT(*) AS population,
       COUNT(s.person_id) AS strokes
FROM patient p
LEFT JOIN stroke s ON s.person_id = p.person_id
WHERE p.sex IN ('female', 'male')
  AND p.birth_date > DATE '1923-01-01'
  AND (p.deceased_date IS NULL OR p.deceased_date > DATE '2022-12-31')
GROUP BY p.sex, age_from
ORDER BY p.sex, age_from
