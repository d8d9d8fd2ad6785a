-- Latest recorded smoking status by sex.
WITH latest AS (
  SELECT person_id, value_code,
         ROW_NUMBER() OVER (PARTITION BY person_id ORDER BY effective_date DESC) AS rn
  FROM observation
  WHERE code = '72166-2' AND value_code IS NOT NULL
)
SELECT p.sex,
       CASE l.value_code
         WHEN '449868002' THEN 'daily smoker'
         WHEN '77176002' THEN 'smoker'
         WHEN '8517006' THEN 'ex-smoker'
         WHEN '266919005' THEN 'never smoked'
         ELSE 'other'
       END AS smoking,
       COUNT(*) AS persons
FROM latest l
JOIN patient p ON p.person_id = l.person_id
WHERE l.rn = 1
GROUP BY p.sex, smoking
