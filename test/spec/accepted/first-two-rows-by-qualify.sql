-- Mean of the first two values of each person, at most 9.
WITH two AS (
  SELECT person_id, value FROM observation WHERE value IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY effective_date, value) <= 2
)
SELECT count(DISTINCT person_id) AS persons, count(*) AS results, sum(clamp(least(value, 9), 0, 20)) AS total FROM two
