-- Does HbA1c fall between the first and the second measurement?
WITH ranked AS (
  SELECT person_id, value, row_number() OVER (PARTITION BY person_id ORDER BY effective_date) AS n
  FROM observation WHERE code = '4548-4' AND value IS NOT NULL AND effective_date IS NOT NULL
),
pair AS (
  SELECT a.person_id, b.value - a.value AS change FROM ranked a JOIN ranked b ON a.person_id = b.person_id AND b.n = 2
  WHERE a.n = 1
)
SELECT count(DISTINCT person_id) AS persons, avg(clamp(change, -10, 10)) AS mean_change FROM pair
