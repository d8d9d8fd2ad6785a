-- Share of people who had a coronary intervention within a week of an infarction, in men and women.
WITH mi AS (SELECT person_id, MIN(onset_date) AS t FROM condition WHERE code LIKE 'I21%' GROUP BY person_id)
SELECT p.sex, COUNT(*) AS infarctions,
       100.0 * SUM(CASE WHEN pci.n > 0 THEN 1 ELSE 0 END) / COUNT(*) AS percent_pci
FROM mi
JOIN patient p ON p.person_id = mi.person_id
LEFT JOIN (
  SELECT pr.person_id, COUNT(*) AS n
  FROM procedure pr JOIN mi ON mi.person_id = pr.person_id
  WHERE pr.code = '415070008' AND pr.performed_date BETWEEN mi.t AND mi.t + 7
  GROUP BY pr.person_id
) pci ON pci.person_id = mi.person_id
GROUP BY p.sex
