-- Thirty-day readmission of people with heart failure after their first stay in hospital.
WITH hf AS (SELECT DISTINCT person_id FROM condition WHERE code LIKE 'I50%'),
first_stay AS (
  SELECT e.person_id, MIN(e.end_date) AS discharge
  FROM encounter e JOIN hf ON hf.person_id = e.person_id
  WHERE e.encounter_class = 'IMP' AND e.discharge_disposition <> 'exp'
  GROUP BY e.person_id
)
SELECT CASE WHEN EXISTS (
         SELECT 1 FROM encounter e
         WHERE e.person_id = f.person_id AND e.encounter_class = 'IMP'
           AND e.start_date > f.discharge AND e.start_date <= f.discharge + INTERVAL 30 DAYS
       ) THEN 'readmitted' ELSE 'not readmitted' END AS outcome,
       COUNT(*) AS persons
FROM first_stay f
GROUP BY outcome
