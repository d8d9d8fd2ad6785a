-- Weekly number of people with an acute respiratory infection in the winter of 2023/24.
SELECT date_trunc('week', recorded_date) AS week, COUNT(DISTINCT person_id) AS persons
FROM condition
WHERE code IN ('J06.9', 'J15.9', 'J18.9')
  AND recorded_date BETWEEN '2023-10-01' AND '2024-03-31'
GROUP BY week
ORDER BY week
