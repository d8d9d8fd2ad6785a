-- Share of diagnoses with no date of onset, per year of record.
SELECT YEAR(recorded_date) AS year, COUNT(*) AS diagnoses,
       AVG(CASE WHEN onset_date IS NULL THEN 1 ELSE 0 END) AS no_onset
FROM condition
WHERE recorded_date BETWEEN DATE '2015-01-01' AND DATE '2024-12-31'
GROUP BY YEAR(recorded_date)
ORDER BY year
