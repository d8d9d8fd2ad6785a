-- Two by two table of diabetes and depression in adults.
SELECT diabetes, depression, COUNT(*) AS persons
FROM (
  SELECT p.person_id,
         MAX(CASE WHEN c.code LIKE 'E11%' THEN 1 ELSE 0 END) AS diabetes,
         MAX(CASE WHEN c.code LIKE 'F32%' OR c.code LIKE 'F33%' THEN 1 ELSE 0 END) AS depression
  FROM patient p
  LEFT JOIN condition c ON c.person_id = p.person_id
  WHERE p.birth_date < DATE '2005-01-01'
  GROUP BY p.person_id
) t
GROUP BY diabetes, depression
