-- What percentage of people has a date of death, to a tenth, and how many, to hundreds?
SELECT region, round(100.0 * count(deceased_date) / count(*), 1) AS percent, round(count(*), -2) AS hundreds
FROM patient GROUP BY region
