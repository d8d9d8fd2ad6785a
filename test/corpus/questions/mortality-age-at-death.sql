-- Mean age at death by region.
SELECT region, COUNT(*) AS deaths, AVG(date_diff('year', birth_date, deceased_date)) AS mean_age
FROM patient
WHERE deceased_date IS NOT NULL AND birth_date IS NOT NULL
GROUP BY region
