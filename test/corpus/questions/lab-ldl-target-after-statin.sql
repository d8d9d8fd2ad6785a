-- Share of statin starters with LDL cholesterol below 1.8 mmol/L within a year after the start.
WITH start AS (
  SELECT person_id, MIN(authored_date) AS day0 FROM medication_request WHERE code LIKE 'C10AA%' GROUP BY person_id
),
ldl AS (
  SELECT s.person_id, MIN(o.value) AS lowest
  FROM start s
  JOIN observation o ON o.person_id = s.person_id
  WHERE o.code IN ('13457-7', '18262-6') AND o.unit = 'mmol/L'
    AND o.effective_date > s.day0 AND o.effective_date <= s.day0 + INTERVAL 1 YEAR
  GROUP BY s.person_id
)
SELECT YEAR(s.day0) AS start_year,
       COUNT(*) AS starters,
       COUNT(l.lowest) AS measured,
       SUM(CASE WHEN l.lowest < 1.8 THEN 1 ELSE 0 END) AS at_target
FROM start s LEFT JOIN ldl l ON l.person_id = s.person_id
WHERE s.day0 BETWEEN DATE '2018-01-01' AND DATE '2023-12-31'
GROUP BY start_year
