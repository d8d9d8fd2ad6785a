-- Polypharmacy in people aged 65 and over: number of different drugs prescribed in 2023.
SELECT CASE WHEN n = 0 THEN '0' WHEN n < 5 THEN '1-4' WHEN n < 10 THEN '5-9' ELSE '10+' END AS drugs,
       COUNT(*) AS persons
FROM (
  SELECT p.person_id, COUNT(DISTINCT m.code) AS n
  FROM patient p
  LEFT JOIN medication_request m ON m.person_id = p.person_id
       AND m.authored_date BETWEEN DATE '2023-01-01' AND DATE '2023-12-31'
  WHERE p.birth_date <= DATE '1958-12-31'
    AND (p.deceased_date IS NULL OR p.deceased_date > DATE '2023-12-31')
  GROUP BY p.person_id
) x
GROUP BY drugs
ORDER BY drugs
