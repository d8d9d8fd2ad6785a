-- An epidemiologist learns who is prescribed a statin (ATC C10AA), and so where guidelines are not followed.
WITH treated AS (
  SELECT DISTINCT person_id
  FROM medication_request
  WHERE code IN ('C10AA01', 'C10AA05')
)
SELECT
  p.sex,
  bucket(age_at(p.birth_date, DATE '2025-12-31'), 20, 90, 10) AS age_from,
  count(*) AS persons,
  count(*) FILTER (WHERE t.person_id IS NOT NULL) AS on_statin
FROM patient p
LEFT JOIN treated t ON t.person_id = p.person_id
WHERE p.sex IN ('female', 'male') AND age_at(p.birth_date, DATE '2025-12-31') BETWEEN 20 AND 89
GROUP BY p.sex, bucket(age_at(p.birth_date, DATE '2025-12-31'), 20, 90, 10)
ORDER BY p.sex, age_from
