WITH v AS (
  SELECT person_id, count(*) AS n FROM encounter
  WHERE encounter_class = 'EMER' AND start_date BETWEEN '2023-01-01' AND '2023-12-31' GROUP BY person_id
)
SELECT CASE WHEN n >= 4 THEN 'frequent' ELSE 'other' END AS attender, count(*) AS persons, sum(least(n, 20)) AS visits
FROM v GROUP BY attender
