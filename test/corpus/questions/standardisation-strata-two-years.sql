-- Persons and emergency attenders by age band and sex in 2019 and in 2023, for comparing standardised proportions.
WITH seen AS (
  SELECT DISTINCT person_id, YEAR(start_date) AS year
  FROM encounter
  WHERE encounter_class = 'EMER' AND YEAR(start_date) IN (2019, 2023)
)
SELECT s.year, p.sex,
       CASE WHEN s.year - YEAR(p.birth_date) < 18 THEN '0-17'
            WHEN s.year - YEAR(p.birth_date) < 45 THEN '18-44'
            WHEN s.year - YEAR(p.birth_date) < 65 THEN '45-64'
            WHEN s.year - YEAR(p.birth_date) < 80 THEN '65-79'
            ELSE '80+' END AS age_band,
       COUNT(DISTINCT s.person_id) AS attenders
FROM seen s
JOIN patient p ON p.person_id = s.person_id
GROUP BY s.year, p.sex, age_band
ORDER BY 1, 2, 3
