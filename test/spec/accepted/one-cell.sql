-- How many people are there, and how many have died?
SELECT count(*) AS persons, count(*) FILTER (WHERE deceased) AS died, count(deceased_date) AS dated FROM patient
