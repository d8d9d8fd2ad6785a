-- People in hospital in 2023 by number of Charlson conditions, with the named code lists.
WITH inpatients AS (
  SELECT DISTINCT person_id FROM encounter
  WHERE encounter_class = 'IMP' AND start_date BETWEEN DATE '2023-01-01' AND DATE '2023-12-31'
),
flags AS (
  SELECT person_id,
         bool_or(code IN codelist('charlson-congestive-heart-failure')) AS chf,
         bool_or(code IN codelist('charlson-chronic-pulmonary-disease')) AS cpd,
         bool_or(code IN codelist('charlson-renal-disease')) AS renal,
         bool_or(code IN codelist('charlson-malignancy')) AS cancer
  FROM condition GROUP BY person_id
)
SELECT (CASE WHEN chf THEN 1 ELSE 0 END) + (CASE WHEN cpd THEN 1 ELSE 0 END)
       + (CASE WHEN renal THEN 1 ELSE 0 END) + (CASE WHEN cancer THEN 1 ELSE 0 END) AS conditions,
       COUNT(*) AS persons
FROM inpatients JOIN flags USING (person_id)
GROUP BY conditions
ORDER BY conditions
