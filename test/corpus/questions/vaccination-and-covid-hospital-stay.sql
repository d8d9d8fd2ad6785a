-- Hospital stays with COVID-19 among people vaccinated and not vaccinated before infection.
WITH covid AS (
  SELECT person_id, MIN(recorded_date) AS covid_date FROM condition
  WHERE code = 'U07.1' AND recorded_date >= DATE '2021-06-01' GROUP BY person_id
),
vacc AS (
  SELECT person_id, MIN(occurrence_date) AS vacc_date FROM immunization
  WHERE atc_code LIKE 'J07BN%' AND status = 'completed' GROUP BY person_id
)
SELECT CASE WHEN v.vacc_date < c.covid_date - INTERVAL 14 DAY THEN 'vaccinated' ELSE 'not vaccinated' END AS status,
       COUNT(*) AS infected,
       COUNT(DISTINCT e.person_id) AS hospitalised
FROM covid c
LEFT JOIN vacc v ON v.person_id = c.person_id
LEFT JOIN encounter e ON e.person_id = c.person_id AND e.encounter_class = 'IMP'
      AND e.start_date BETWEEN c.covid_date - 2 AND c.covid_date + 14
GROUP BY status
