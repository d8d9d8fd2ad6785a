-- Among people with a first COVID-19 diagnosis, how many get a first heart failure diagnosis within one year, by age group?
WITH covid AS (
  SELECT person_id, MIN(recorded_date) AS covid_date FROM condition WHERE code = 'U07.1' GROUP BY person_id
),
hf AS (
  SELECT person_id, MIN(recorded_date) AS hf_date FROM condition WHERE code LIKE 'I50%' GROUP BY person_id
)
SELECT CASE WHEN age_at(p.birth_date, c.covid_date) < 50 THEN 'under 50'
            WHEN age_at(p.birth_date, c.covid_date) < 70 THEN '50-69'
            ELSE '70 and over' END AS age_group,
       COUNT(*) AS persons,
       SUM(CASE WHEN h.hf_date > c.covid_date AND h.hf_date <= c.covid_date + INTERVAL 1 YEAR THEN 1 ELSE 0 END) AS heart_failure
FROM covid c
JOIN patient p USING (person_id)
LEFT JOIN hf h USING (person_id)
WHERE h.hf_date IS NULL OR h.hf_date > c.covid_date
GROUP BY age_group
