-- How long do admissions last, by year of admission?
-- cells: 10
-- rows: 40
SELECT year(start_date) AS year, avg(clamp(date_diff('day', start_date, end_date), 0, 60)) AS days
FROM encounter
WHERE encounter_class = 'IMP' AND start_date >= '2018-01-01' AND start_date < '2027-01-01'
GROUP BY year
