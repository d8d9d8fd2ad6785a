-- How does the recorded prevalence of hypertension rise with age in women and men?
WITH diagnosed AS (
  SELECT DISTINCT person_id FROM condition WHERE code = 'I10'
)
SELECT p.sex, bucket(age_at(p.birth_date, DATE '2025-12-31'), 20, 90, 10) AS age_from, count(*) AS persons,
  avg(CASE WHEN d.person_id IS NOT NULL THEN 1 ELSE 0 END) AS prevalence
FROM patient p LEFT JOIN diagnosed d ON d.person_id = p.person_id
WHERE p.sex IN ('female', 'male')
GROUP BY p.sex, age_from
ORDER BY p.sex, age_from
