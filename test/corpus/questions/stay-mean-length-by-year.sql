-- Mean length of stay in hospital, by year of admission.
SELECT YEAR(start_date) AS year, COUNT(*) AS stays, AVG(date_diff('day', start_date, end_date)) AS mean_days
FROM encounter
WHERE encounter_class IN ('IMP', 'ACUTE') AND end_date >= start_date
  AND start_date BETWEEN DATE '2018-01-01' AND DATE '2024-12-31'
GROUP BY YEAR(start_date)
ORDER BY year
