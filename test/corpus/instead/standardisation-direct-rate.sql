SELECT p.region,
       CASE WHEN p.birth_date > DATE '1984-01-01' THEN 'young' WHEN p.birth_date > DATE '1959-01-01' THEN 'middle' ELSE 'old' END AS age_group,
       EXISTS (SELECT 1 FROM condition c WHERE c.person_id = p.person_id AND c.code LIKE 'E11%') AS diabetic,
       1 AS person
FROM patient p
