-- Deaths in hospital as a share of discharges, by year.
SELECT YEAR(end_date) AS year,
       COUNT(*) AS discharges,
       SUM((discharge_disposition = 'exp')::INT) AS died,
       ROUND(100.0 * SUM((discharge_disposition = 'exp')::INT) / COUNT(*), 1) AS percent
FROM encounter
WHERE encounter_class = 'IMP' AND end_date >= '2018-01-01' AND end_date < '2025-01-01'
GROUP BY 1
ORDER BY 1
