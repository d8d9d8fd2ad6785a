-- Thirty-day and one-year mortality after a first myocardial infarction, by sex.
WITH mi AS (
  SELECT person_id, MIN(onset_date) AS mi_date
  FROM condition WHERE code IN ('I21.4', 'I21.9') GROUP BY person_id
)
SELECT p.sex,
       COUNT(*) AS infarctions,
       SUM(CASE WHEN date_diff('day', mi_date, p.deceased_date) BETWEEN 0 AND 30 THEN 1 ELSE 0 END) AS died_30d,
       SUM(CASE WHEN date_diff('day', mi_date, p.deceased_date) BETWEEN 0 AND 365 THEN 1 ELSE 0 END) AS died_1y
FROM mi JOIN patient p ON p.person_id = mi.person_id
WHERE mi_date BETWEEN '2015-01-01' AND '2023-12-31'
GROUP BY p.sex
