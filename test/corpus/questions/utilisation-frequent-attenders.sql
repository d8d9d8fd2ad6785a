-- Frequent attenders: people with four or more emergency visits in 2023, and their share of all visits.
WITH v AS (
  SELECT person_id, COUNT(*) AS n FROM encounter
  WHERE encounter_class = 'EMER' AND start_date BETWEEN '2023-01-01' AND '2023-12-31'
  GROUP BY person_id
)
SELECT CASE WHEN n >= 4 THEN 'frequent' ELSE 'other' END AS attender,
       COUNT(*) AS persons,
       SUM(n) AS visits,
       100.0 * SUM(n) / SUM(SUM(n)) OVER () AS share
FROM v
GROUP BY attender
