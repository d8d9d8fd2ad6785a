-- Thirty-day readmissions after discharge from hospital, by year of discharge.
WITH stays AS (
  SELECT person_id, start_date, end_date,
         LEAD(start_date) OVER (PARTITION BY person_id ORDER BY start_date) AS next_admission
  FROM encounter
  WHERE encounter_class = 'IMP' AND end_date IS NOT NULL
)
SELECT YEAR(end_date) AS year,
       COUNT(*) AS discharges,
       SUM(CASE WHEN next_admission - end_date BETWEEN 0 AND 30 THEN 1 ELSE 0 END) AS readmitted,
       100.0 * SUM(CASE WHEN next_admission - end_date BETWEEN 0 AND 30 THEN 1 ELSE 0 END) / COUNT(*) AS percent
FROM stays
WHERE YEAR(end_date) BETWEEN 2019 AND 2024
GROUP BY YEAR(end_date)
ORDER BY year
