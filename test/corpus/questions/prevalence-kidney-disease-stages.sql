-- How many people have chronic kidney disease in each stage, by the highest stage ever recorded?
WITH stage AS (
  SELECT person_id, MAX(code) AS highest
  FROM condition
  WHERE code LIKE 'N18.%'
  GROUP BY person_id
)
SELECT highest AS stage, COUNT(*) AS n
FROM stage
GROUP BY highest
ORDER BY highest
