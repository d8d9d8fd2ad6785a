-- Mean systolic blood pressure in the half year before and after the first ACE inhibitor or sartan.
WITH start AS (
  SELECT person_id, MIN(authored_date) AS d0
  FROM medication_request WHERE code LIKE 'C09%' GROUP BY person_id
),
bp AS (
  SELECT s.person_id,
         AVG(o.value) FILTER (WHERE o.effective_date BETWEEN s.d0 - INTERVAL 180 DAY AND s.d0) AS sbp_before,
         AVG(o.value) FILTER (WHERE o.effective_date > s.d0 AND o.effective_date <= s.d0 + INTERVAL 180 DAY) AS sbp_after
  FROM start s
  JOIN observation o ON o.person_id = s.person_id
  WHERE o.code = '8480-6' AND o.value BETWEEN 60 AND 260
  GROUP BY s.person_id
)
SELECT COUNT(*) AS persons, AVG(sbp_before) AS mean_before, AVG(sbp_after) AS mean_after, AVG(sbp_after - sbp_before) AS mean_change
FROM bp
WHERE sbp_before IS NOT NULL AND sbp_after IS NOT NULL
