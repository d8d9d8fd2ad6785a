-- Deaths per month in 2019 to 2022 for a study of excess mortality.
SELECT YEAR(deceased_date) AS year, MONTH(deceased_date) AS month, COUNT(*) AS deaths
FROM patient
WHERE YEAR(deceased_date) BETWEEN 2019 AND 2022
GROUP BY YEAR(deceased_date), MONTH(deceased_date)
ORDER BY 1, 2
