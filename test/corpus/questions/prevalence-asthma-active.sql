-- How many children and adults have active asthma?
SELECT CASE WHEN p.birth_date > DATE '2006-01-01' THEN 'child' ELSE 'adult' END AS age_group,
       p.sex,
       COUNT(DISTINCT c.person_id) AS persons
FROM condition c
INNER JOIN patient p ON p.person_id = c.person_id
WHERE c.code LIKE 'J45%'
  AND c.clinical_status = 'active'
GROUP BY 1, 2
