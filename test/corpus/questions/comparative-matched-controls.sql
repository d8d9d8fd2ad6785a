-- Emergency visits of people with COPD and of everybody else of the same sex and birth decade.
WITH cases AS (SELECT DISTINCT person_id FROM condition WHERE code LIKE 'J44%'),
visits AS (
  SELECT person_id, COUNT(*) AS n FROM encounter
  WHERE encounter_class = 'EMER' AND YEAR(start_date) = 2023 GROUP BY person_id
)
SELECT p.sex, (YEAR(p.birth_date) // 10) * 10 AS birth_decade,
       c.person_id IS NOT NULL AS copd,
       COUNT(*) AS persons,
       AVG(COALESCE(v.n, 0)) AS mean_visits
FROM patient p
LEFT JOIN cases c ON c.person_id = p.person_id
LEFT JOIN visits v ON v.person_id = p.person_id
GROUP BY ALL
ORDER BY ALL
