-- Coverage of influenza vaccination in season 2023/24 in people aged 65 and over, by region.
SELECT p.region,
       COUNT(*) AS persons,
       COUNT(i.person_id) AS vaccinated,
       ROUND(100.0 * COUNT(i.person_id) / COUNT(*), 1) AS coverage
FROM patient p
LEFT JOIN (
  SELECT DISTINCT person_id FROM immunization
  WHERE atc_code = 'J07BB02' AND status = 'completed'
    AND occurrence_date BETWEEN DATE '2023-09-01' AND DATE '2024-03-31'
) i ON i.person_id = p.person_id
WHERE p.birth_date <= DATE '1958-09-01'
  AND (p.deceased_date IS NULL OR p.deceased_date > DATE '2024-03-31')
GROUP BY p.region
