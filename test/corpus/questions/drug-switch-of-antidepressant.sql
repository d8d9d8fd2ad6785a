-- Of people who start an SSRI, how many switch to another antidepressant within six months?
WITH ordered AS (
  SELECT person_id, code, authored_date,
         FIRST_VALUE(code) OVER (PARTITION BY person_id ORDER BY authored_date) AS first_code,
         MIN(authored_date) OVER (PARTITION BY person_id) AS first_date
  FROM medication_request
  WHERE code LIKE 'N06A%'
)
SELECT first_code,
       COUNT(DISTINCT person_id) AS starters,
       COUNT(DISTINCT CASE WHEN code <> first_code AND authored_date <= first_date + INTERVAL '6 months' THEN person_id END) AS switched
FROM ordered
WHERE first_code LIKE 'N06AB%'
GROUP BY first_code
