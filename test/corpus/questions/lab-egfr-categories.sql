-- KDIGO categories of kidney function from the latest eGFR.
WITH egfr AS (
  SELECT person_id, arg_max(value, effective_date) AS egfr
  FROM observation
  WHERE code IN ('33914-3', '62238-1', '98979-8') AND value > 0
  GROUP BY person_id
)
SELECT CASE WHEN egfr >= 90 THEN 'G1' WHEN egfr >= 60 THEN 'G2' WHEN egfr >= 45 THEN 'G3a'
            WHEN egfr >= 30 THEN 'G3b' WHEN egfr >= 15 THEN 'G4' ELSE 'G5' END AS kdigo,
       p.sex, COUNT(*) AS persons
FROM egfr JOIN patient p USING (person_id)
GROUP BY kdigo, p.sex
ORDER BY kdigo, p.sex
