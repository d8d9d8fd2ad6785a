-- How many people had type 2 diabetes recorded for the first time in each year from 2018 to 2024?
WITH first_dx AS (
  SELECT person_id, MIN(recorded_date) AS first_date
  FROM condition
  WHERE code LIKE 'E11%'
  GROUP BY person_id
)
SELECT YEAR(first_date) AS year, COUNT(*) AS new_cases
FROM first_dx
WHERE first_date BETWEEN '2018-01-01' AND '2024-12-31'
GROUP BY YEAR(first_date)
ORDER BY year
