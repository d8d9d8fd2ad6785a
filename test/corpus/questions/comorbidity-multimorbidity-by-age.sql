-- Share of people with two or more of ten chronic diseases, by age group.
WITH chronic AS (
  SELECT person_id, COUNT(DISTINCT LEFT(code, 3)) AS n
  FROM condition
  WHERE LEFT(code, 3) IN ('I10', 'E11', 'I25', 'I50', 'I48', 'J44', 'J45', 'N18', 'F32', 'M16')
  GROUP BY person_id
)
SELECT CASE WHEN age_at(p.birth_date, DATE '2024-01-01') < 45 THEN '<45'
            WHEN age_at(p.birth_date, DATE '2024-01-01') < 65 THEN '45-64'
            WHEN age_at(p.birth_date, DATE '2024-01-01') < 80 THEN '65-79'
            ELSE '80+' END AS age_group,
       COUNT(*) AS persons,
       AVG(CASE WHEN COALESCE(c.n, 0) >= 2 THEN 1.0 ELSE 0.0 END) AS multimorbid
FROM patient p
LEFT JOIN chronic c USING (person_id)
WHERE p.deceased = false
GROUP BY age_group
