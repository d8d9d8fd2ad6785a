-- How many people get a statin within 90 days after a myocardial infarction, by year?
SELECT YEAR(mi.t0) AS year, COUNT(*) AS infarctions, COUNT(DISTINCT m.person_id) AS with_statin
FROM (
  SELECT person_id, MIN(recorded_date) AS t0 FROM condition
  WHERE code LIKE 'I21%' GROUP BY person_id
) mi
LEFT JOIN medication_request m
  ON m.person_id = mi.person_id AND m.code LIKE 'C10AA%'
 AND m.authored_date BETWEEN mi.t0 AND mi.t0 + INTERVAL 90 DAY
WHERE mi.t0 BETWEEN '2018-01-01' AND '2023-12-31'
GROUP BY year
ORDER BY year
