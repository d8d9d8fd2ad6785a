-- How many people live in each region?
SELECT region, count(*) AS persons FROM patient GROUP BY region ORDER BY persons DESC LIMIT 3
