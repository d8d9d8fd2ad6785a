-- Mean HbA1c of people with type 2 diabetes per calendar year.
SELECT YEAR(o.effective_date) AS year,
       COUNT(DISTINCT o.person_id) AS persons,
       AVG(o.value) AS mean_hba1c
FROM observation o
JOIN (SELECT DISTINCT person_id FROM condition WHERE code LIKE 'E11%') t2d ON t2d.person_id = o.person_id
WHERE o.code = '4548-4'
  AND o.value BETWEEN 3 AND 20
  AND o.effective_date BETWEEN '2019-01-01' AND '2024-12-31'
GROUP BY YEAR(o.effective_date)
ORDER BY year
