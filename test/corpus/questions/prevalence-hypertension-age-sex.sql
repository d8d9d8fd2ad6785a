-- Prevalence of diagnosed hypertension on 31 December 2023 by sex and decade of age.
SELECT p.sex,
       FLOOR(date_diff('year', p.birth_date, DATE '2023-12-31') / 10) * 10 AS age_band,
       COUNT(*) AS population,
       SUM(CASE WHEN h.person_id IS NOT NULL THEN 1 ELSE 0 END) AS with_hypertension,
       100.0 * SUM(CASE WHEN h.person_id IS NOT NULL THEN 1 ELSE 0 END) / COUNT(*) AS prevalence
FROM patient p
LEFT JOIN (
  SELECT DISTINCT person_id FROM condition
  WHERE code IN ('I10', 'I11.9') AND recorded_date <= DATE '2023-12-31'
) h ON h.person_id = p.person_id
WHERE p.birth_date <= DATE '2003-12-31'
  AND (p.deceased_date IS NULL OR p.deceased_date > DATE '2023-12-31')
GROUP BY p.sex, age_band
ORDER BY p.sex, age_band
