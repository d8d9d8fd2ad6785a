-- Strokes and person-years in new users of DOACs and of warfarin.
WITH idx AS (
  SELECT person_id, MIN(authored_date) AS t0, arg_min(code, authored_date) AS code
  FROM medication_request
  WHERE code IN ('B01AA03', 'B01AE07', 'B01AF01', 'B01AF02', 'B01AF03') AND authored_date >= DATE '2016-01-01'
  GROUP BY person_id
),
outcome AS (
  SELECT i.person_id, MIN(c.recorded_date) AS stroke_date
  FROM idx i JOIN condition c ON c.person_id = i.person_id
  WHERE c.code IN ('I63.9', 'I64') AND c.recorded_date > i.t0
  GROUP BY i.person_id
),
fu AS (
  SELECT i.person_id, CASE WHEN i.code = 'B01AA03' THEN 'warfarin' ELSE 'DOAC' END AS drug, o.stroke_date,
         LEAST(i.t0 + 730, DATE '2024-12-31', COALESCE(o.stroke_date, DATE '2024-12-31'), COALESCE(p.deceased_date, DATE '2024-12-31')) - i.t0 AS days,
         o.stroke_date <= i.t0 + 730 AS stroke
  FROM idx i JOIN patient p ON p.person_id = i.person_id
  LEFT JOIN outcome o ON o.person_id = i.person_id
)
SELECT drug, COUNT(*) AS users, SUM(CASE WHEN stroke THEN 1 ELSE 0 END) AS strokes,
       SUM(GREATEST(days, 0)) / 365.25 AS person_years
FROM fu
GROUP BY drug
