-- One-year prevalence of antidepressant use in 2023 by sex and age group.
SELECT p.sex,
       CASE WHEN age_at(p.birth_date, '2023-07-01') BETWEEN 18 AND 39 THEN '18-39'
            WHEN age_at(p.birth_date, '2023-07-01') BETWEEN 40 AND 64 THEN '40-64'
            WHEN age_at(p.birth_date, '2023-07-01') >= 65 THEN '65+' END AS age_group,
       COUNT(DISTINCT p.person_id) AS persons,
       COUNT(DISTINCT m.person_id) AS users,
       100.0 * COUNT(DISTINCT m.person_id) / COUNT(DISTINCT p.person_id) AS percent
FROM patient p
LEFT JOIN medication_request m
       ON m.person_id = p.person_id
      AND m.code LIKE 'N06A%'
      AND m.authored_date BETWEEN DATE '2023-01-01' AND DATE '2023-12-31'
GROUP BY 1, 2
HAVING age_group IS NOT NULL
