-- Care cascade of hypertension: diagnosed, treated, measured in the last two years, controlled.
WITH dx AS (SELECT DISTINCT person_id FROM condition WHERE code = 'I10'),
tx AS (
  SELECT DISTINCT person_id FROM medication_request
  WHERE (code LIKE 'C03%' OR code LIKE 'C07%' OR code LIKE 'C08%' OR code LIKE 'C09%')
    AND authored_date >= DATE '2022-01-01'
),
bp AS (
  SELECT person_id, arg_max(value, effective_date) AS sbp
  FROM observation WHERE code = '8480-6' AND effective_date >= DATE '2022-01-01'
  GROUP BY person_id
)
SELECT COUNT(*) AS diagnosed,
       COUNT(tx.person_id) AS treated,
       SUM(CASE WHEN tx.person_id IS NOT NULL AND bp.sbp IS NOT NULL THEN 1 ELSE 0 END) AS measured,
       SUM(CASE WHEN tx.person_id IS NOT NULL AND bp.sbp < 140 THEN 1 ELSE 0 END) AS controlled
FROM dx
LEFT JOIN tx ON tx.person_id = dx.person_id
LEFT JOIN bp ON bp.person_id = dx.person_id
