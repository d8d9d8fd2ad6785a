-- How many statin users have a gap of more than 180 days between two prescriptions?
WITH rx AS (
  SELECT person_id, authored_date,
         LEAD(authored_date) OVER (PARTITION BY person_id ORDER BY authored_date) AS next_date
  FROM medication_request
  WHERE code LIKE 'C10AA%'
),
gaps AS (
  SELECT person_id, MAX(next_date - authored_date) AS longest_gap, COUNT(*) AS prescriptions
  FROM rx GROUP BY person_id
)
SELECT CASE WHEN prescriptions = 1 THEN 'one prescription only'
            WHEN longest_gap > 180 THEN 'gap over 180 days'
            ELSE 'continuous' END AS pattern,
       COUNT(*) AS users
FROM gaps
GROUP BY pattern
