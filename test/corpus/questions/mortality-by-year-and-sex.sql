-- Deaths per calendar year by sex.
SELECT EXTRACT(year FROM deceased_date) AS year, sex, COUNT(*) AS deaths
FROM patient
WHERE deceased_date BETWEEN '2015-01-01' AND '2024-12-31'
GROUP BY year, sex
ORDER BY year, sex
