-- Share of people with diabetes whose HbA1c was measured at least twice in 2023, by region.
SELECT p.region, COUNT(*) AS diabetics, AVG((n >= 2)::INT) AS tested_twice
FROM (
  SELECT d.person_id, COUNT(o.effective_date) AS n
  FROM (SELECT DISTINCT person_id FROM condition WHERE code IN ('E11.2', 'E11.3', 'E11.4', 'E11.5', 'E11.9')) d
  LEFT JOIN observation o ON o.person_id = d.person_id AND o.code = '4548-4'
       AND o.effective_date BETWEEN '2023-01-01' AND '2023-12-31'
  GROUP BY d.person_id
) x
JOIN patient p ON p.person_id = x.person_id
GROUP BY p.region
