-- Days from the diagnosis of depression to the first antidepressant, in classes, by sex.
WITH dx AS (
  SELECT person_id, MIN(recorded_date) AS dx_date FROM condition WHERE code LIKE 'F32%' GROUP BY person_id
),
rx AS (
  SELECT m.person_id, MIN(m.authored_date) AS rx_date
  FROM medication_request m JOIN dx USING (person_id)
  WHERE m.code LIKE 'N06A%' AND m.authored_date >= dx.dx_date
  GROUP BY m.person_id
)
SELECT p.sex,
       CASE WHEN rx.rx_date IS NULL THEN 'no drug'
            WHEN date_diff('day', dx.dx_date, rx.rx_date) <= 14 THEN '0-14 days'
            WHEN date_diff('day', dx.dx_date, rx.rx_date) <= 90 THEN '15-90 days'
            ELSE 'later' END AS delay,
       COUNT(*) AS persons
FROM dx
JOIN patient p ON p.person_id = dx.person_id
LEFT JOIN rx ON rx.person_id = dx.person_id
GROUP BY p.sex, delay
