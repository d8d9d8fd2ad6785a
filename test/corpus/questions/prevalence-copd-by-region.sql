-- Share of people aged 40 and over with COPD in each region.
SELECT region,
       COUNT(DISTINCT patient.person_id) AS persons,
       COUNT(DISTINCT condition.person_id) AS with_copd
FROM patient
LEFT JOIN condition
  ON condition.person_id = patient.person_id
 AND condition.code IN ('J44.1', 'J44.9')
 AND condition.verification_status = 'confirmed'
WHERE patient.birth_date < '1984-01-01'
GROUP BY region
