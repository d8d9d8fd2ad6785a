-- Median and quartiles of total cholesterol by sex.
SELECT p.sex,
       COUNT(*) AS persons,
       quantile_cont(chol, 0.25) AS q1,
       median(chol) AS median,
       quantile_cont(chol, 0.75) AS q3
FROM (
  SELECT person_id, AVG(value) AS chol
  FROM observation
  WHERE code = '2093-3' AND unit = 'mmol/L' AND value BETWEEN 1 AND 20
  GROUP BY person_id
) c
JOIN patient p ON p.person_id = c.person_id
GROUP BY p.sex
