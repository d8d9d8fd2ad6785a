-- Life table after heart failure: deaths and censorings per half year of follow-up.
WITH hf AS (
  SELECT person_id, MIN(recorded_date) AS t0 FROM condition WHERE code LIKE 'I50%' GROUP BY person_id
),
fu AS (
  SELECT hf.person_id,
         COALESCE(p.deceased_date, DATE '2024-12-31') - hf.t0 AS days,
         p.deceased_date IS NOT NULL AS died
  FROM hf JOIN patient p ON p.person_id = hf.person_id
  WHERE p.deceased_date IS NULL OR p.deceased_date >= hf.t0
)
SELECT LEAST(CAST(FLOOR(days / 182.5) AS INTEGER), 10) AS half_year,
       COUNT(*) FILTER (WHERE died) AS deaths,
       COUNT(*) FILTER (WHERE NOT died) AS censored
FROM fu
WHERE days >= 0
GROUP BY half_year
ORDER BY half_year
