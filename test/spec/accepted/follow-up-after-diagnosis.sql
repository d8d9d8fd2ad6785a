-- In how many people was a statin prescribed within a year after hypertension was found?
WITH found AS (
  SELECT person_id, min(onset_date) AS onset FROM condition WHERE code = 'I10' GROUP BY person_id
)
SELECT year(f.onset) AS year, count(*) AS persons,
  count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM medication_request m
    WHERE m.person_id = f.person_id AND m.code IN ('C10AA01', 'C10AA05')
      AND m.authored_date >= f.onset AND m.authored_date < f.onset + INTERVAL 1 YEAR
  )) AS treated
FROM found f
WHERE f.onset BETWEEN DATE '2015-01-01' AND DATE '2024-12-31'
GROUP BY year ORDER BY year
