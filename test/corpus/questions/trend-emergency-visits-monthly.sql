-- Emergency department visits per month, 2022 to 2024.
SELECT date_trunc('month', start_date) AS month,
       COUNT(*) AS visits,
       COUNT(DISTINCT person_id) AS persons
FROM encounter
WHERE encounter_class = 'EMER'
  AND start_date >= DATE '2022-01-01' AND start_date < DATE '2025-01-01'
GROUP BY month
ORDER BY month
