-- Median length of stay after a hip replacement.
WITH hip AS (
  SELECT pr.person_id, e.end_date - e.start_date AS los
  FROM procedure pr
  JOIN encounter e ON e.person_id = pr.person_id
   AND pr.performed_date BETWEEN e.start_date AND e.end_date
  WHERE pr.code = '52734007' AND e.encounter_class = 'IMP'
)
SELECT COUNT(*) AS operations, median(los) AS median_days, AVG(los) AS mean_days FROM hip
