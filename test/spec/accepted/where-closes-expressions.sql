-- How long are stays of less than two weeks, in days, by year?
-- cells: 400
-- rows: 400
SELECT year(start_date) AS year, end_date - start_date AS days, count(*) AS stays, sum(end_date - start_date) AS total
FROM encounter
WHERE end_date - start_date BETWEEN 0 AND 13 AND year(start_date) IN (2019, 2020)
GROUP BY year(start_date), days
