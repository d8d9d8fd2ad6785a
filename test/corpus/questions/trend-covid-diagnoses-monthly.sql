-- COVID-19 diagnoses per month by sex.
SELECT strftime(c.recorded_date, '%Y-%m') AS month, p.sex, COUNT(DISTINCT c.person_id) AS persons
FROM condition c
JOIN patient p ON c.person_id = p.person_id
WHERE c.code = 'U07.1' AND c.recorded_date BETWEEN DATE '2020-03-01' AND DATE '2022-12-31'
GROUP BY 1, 2
ORDER BY 1, 2
