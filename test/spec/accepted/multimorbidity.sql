-- How many different diagnoses do people have?
WITH counts AS (
  SELECT person_id, count(DISTINCT code) AS n FROM condition GROUP BY person_id
)
SELECT CASE WHEN coalesce(c.n, 0) = 0 THEN '0' WHEN c.n = 1 THEN '1' WHEN c.n <= 3 THEN '2-3' ELSE '4+' END AS diagnoses,
  count(*) AS persons, avg(2025 - p.birth_year) AS mean_age
FROM patient p LEFT JOIN counts c ON p.person_id = c.person_id
GROUP BY diagnoses ORDER BY diagnoses
