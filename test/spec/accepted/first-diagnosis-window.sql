-- What is the first diagnosis on record?
WITH first AS (
  SELECT person_id, code, onset_date FROM condition
  WHERE onset_date IS NOT NULL AND code IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY onset_date, code) = 1
)
SELECT f.code, count(*) AS persons FROM first f GROUP BY f.code
