-- Person-years of observation between 2020 and 2024 by sex and region, from first to last contact.
WITH span AS (
  SELECT person_id, MIN(start_date) AS first_contact, MAX(start_date) AS last_contact
  FROM encounter
  WHERE start_date BETWEEN DATE '2020-01-01' AND DATE '2024-12-31'
  GROUP BY person_id
)
SELECT p.sex, p.region, COUNT(*) AS persons, SUM(s.last_contact - s.first_contact) / 365.25 AS person_years
FROM span s JOIN patient p USING (person_id)
GROUP BY p.sex, p.region
