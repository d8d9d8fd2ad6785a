SELECT year(pr.performed_date) AS year, count(DISTINCT pr.person_id) AS women_with_caesarean
FROM procedure pr JOIN patient p ON p.person_id = pr.person_id AND p.sex = 'female'
WHERE pr.code = '11466000' AND pr.status = 'completed'
  AND pr.performed_date BETWEEN DATE '2015-01-01' AND DATE '2024-12-31'
GROUP BY year
