-- Incidence rate of atrial fibrillation per 1,000 person-years among adults free of it on 1 January 2022, followed for up to two years, by sex.
WITH af AS (
  SELECT person_id, MIN(recorded_date) AS af_date FROM condition WHERE code = 'I48' GROUP BY person_id
),
cohort AS (
  SELECT p.person_id, p.sex,
         LEAST(DATE '2023-12-31', COALESCE(af.af_date, DATE '2023-12-31'), COALESCE(p.deceased_date, DATE '2023-12-31')) AS end_date,
         af.af_date
  FROM patient p
  LEFT JOIN af ON af.person_id = p.person_id
  WHERE p.birth_date <= DATE '2004-01-01'
    AND (af.af_date IS NULL OR af.af_date >= DATE '2022-01-01')
    AND (p.deceased_date IS NULL OR p.deceased_date >= DATE '2022-01-01')
)
SELECT sex,
       SUM(CASE WHEN af_date <= end_date THEN 1 ELSE 0 END) AS events,
       SUM(date_diff('day', DATE '2022-01-01', end_date) / 365.25) AS person_years,
       1000.0 * SUM(CASE WHEN af_date <= end_date THEN 1 ELSE 0 END)
         / SUM(date_diff('day', DATE '2022-01-01', end_date) / 365.25) AS rate_per_1000
FROM cohort
GROUP BY sex
