-- Years from diagnosis of type 2 diabetes to the first insulin.
WITH dx AS (
  SELECT person_id, MIN(onset_date) AS dx_date FROM condition WHERE code LIKE 'E11%' GROUP BY person_id
),
insulin AS (
  SELECT person_id, MIN(authored_date) AS ins_date FROM medication_request
  WHERE code IN ('A10AB01', 'A10AB04', 'A10AB05', 'A10AC01', 'A10AE04', 'A10AE05', 'A10AE06')
  GROUP BY person_id
)
SELECT CASE WHEN i.ins_date IS NULL THEN 'never'
            WHEN i.ins_date < d.dx_date THEN 'before diagnosis'
            WHEN i.ins_date < d.dx_date + INTERVAL 1 YEAR THEN 'year 1'
            WHEN i.ins_date < d.dx_date + INTERVAL 3 YEAR THEN 'years 2-3'
            WHEN i.ins_date < d.dx_date + INTERVAL 5 YEAR THEN 'years 4-5'
            ELSE 'later' END AS time_to_insulin,
       COUNT(*) AS persons
FROM dx d LEFT JOIN insulin i ON i.person_id = d.person_id
GROUP BY time_to_insulin
