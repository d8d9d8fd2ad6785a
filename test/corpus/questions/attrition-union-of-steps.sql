-- The same kind of flow chart written as one row per step.
WITH adults AS (
  SELECT person_id FROM patient WHERE birth_date <= DATE '2005-01-01'
),
diabetics AS (
  SELECT a.person_id FROM adults a
  WHERE EXISTS (SELECT 1 FROM condition c WHERE c.person_id = a.person_id AND c.code LIKE 'E11%')
),
treated AS (
  SELECT d.person_id FROM diabetics d
  WHERE EXISTS (SELECT 1 FROM medication_request m WHERE m.person_id = d.person_id AND m.code LIKE 'A10%')
)
SELECT '1 adults' AS step, COUNT(*) AS n FROM adults
UNION ALL
SELECT '2 with diabetes', COUNT(*) FROM diabetics
UNION ALL
SELECT '3 treated', COUNT(*) FROM treated
