WITH cases AS (SELECT DISTINCT person_id FROM condition WHERE code LIKE 'J44%'),
visits AS (
  SELECT person_id, count(*) AS n FROM encounter
  WHERE encounter_class = 'EMER' AND year(start_date) = 2023 GROUP BY person_id
)
SELECT p.sex, (year(p.birth_date) // 10) * 10 AS birth_decade, c.person_id IS NOT NULL AS copd,
       count(*) AS persons, avg(clamp(coalesce(v.n, 0), 0, 10)) AS mean_visits
FROM patient p
LEFT JOIN cases c ON c.person_id = p.person_id
LEFT JOIN visits v ON v.person_id = p.person_id
GROUP BY p.sex, birth_decade, copd
