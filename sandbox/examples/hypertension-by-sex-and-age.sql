-- An epidemiologist learns how the recorded prevalence of hypertension (ICD-10 I10) rises with age in women and men.
WITH diagnosed AS (
  SELECT DISTINCT person_id
  FROM condition
  WHERE code = 'I10'
)
SELECT
  p.sex,
  bucket(age_at(p.birth_date, DATE '2025-12-31'), 20, 90, 10) AS age_from,
  count(*) AS persons,
  count(*) FILTER (WHERE d.person_id IS NOT NULL) AS with_hypertension,
  count(*) FILTER (WHERE d.person_id IS NOT NULL) / count(*) AS prevalence
FROM patient p
LEFT JOIN diagnosed d ON d.person_id = p.person_id
WHERE p.sex IN ('female', 'male') AND age_at(p.birth_date, DATE '2025-12-31') BETWEEN 20 AND 89
GROUP BY p.sex, bucket(age_at(p.birth_date, DATE '2025-12-31'), 20, 90, 10)
ORDER BY p.sex, age_from
