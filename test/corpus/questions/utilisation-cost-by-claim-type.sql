-- Number and total value of claims per kind of care in 2023.
SELECT type, COUNT(*) AS claims, SUM(total_value) AS total
FROM claim
WHERE total_currency = 'EUR' AND YEAR(created_date) = 2023
GROUP BY type
ORDER BY total DESC
