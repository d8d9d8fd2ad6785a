-- How many people were admitted again within 90 days?
WITH stays AS (
  SELECT person_id, start_date, lag(start_date) OVER (PARTITION BY person_id ORDER BY start_date) AS before
  FROM encounter WHERE encounter_class = 'IMP'
),
again AS (
  SELECT person_id, bool_or(date_diff('day', before, start_date) <= 90) AS readmitted FROM stays GROUP BY person_id
)
SELECT readmitted, count(*) AS persons FROM again GROUP BY readmitted
