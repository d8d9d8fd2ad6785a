-- Ambulatory contacts per person and year, by sex, 2021 to 2023.
WITH per_year AS (
  SELECT person_id, YEAR(start_date) AS year, COUNT(*) AS contacts
  FROM encounter
  WHERE encounter_class = 'AMB' AND start_date BETWEEN DATE '2021-01-01' AND DATE '2023-12-31'
  GROUP BY person_id, YEAR(start_date)
)
SELECT y.year, p.sex, COUNT(*) AS persons, AVG(y.contacts) AS mean_contacts
FROM per_year y JOIN patient p ON p.person_id = y.person_id
GROUP BY y.year, p.sex
