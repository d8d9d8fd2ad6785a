-- Distribution of the Charlson comorbidity score in the population.
WITH flags AS (
  SELECT person_id,
         MAX(CASE WHEN code LIKE 'I21%' OR code LIKE 'I25%' THEN 1 ELSE 0 END) AS mi,
         MAX(CASE WHEN code LIKE 'I50%' OR code = 'I42.0' THEN 1 ELSE 0 END) AS chf,
         MAX(CASE WHEN code LIKE 'I70%' OR code LIKE 'I73%' THEN 1 ELSE 0 END) AS pvd,
         MAX(CASE WHEN code LIKE 'I63%' OR code LIKE 'I64%' THEN 1 ELSE 0 END) AS cevd,
         MAX(CASE WHEN code LIKE 'F00%' OR code LIKE 'F03%' OR code LIKE 'G30%' THEN 1 ELSE 0 END) AS dementia,
         MAX(CASE WHEN code LIKE 'J44%' OR code LIKE 'J45%' THEN 1 ELSE 0 END) AS cpd,
         MAX(CASE WHEN code LIKE 'M05%' OR code LIKE 'M06%' OR code LIKE 'M32%' THEN 1 ELSE 0 END) AS rheum,
         MAX(CASE WHEN code IN ('E10.9', 'E11.9') THEN 1 ELSE 0 END) AS diabetes,
         MAX(CASE WHEN code IN ('E11.2', 'E11.3', 'E11.4', 'E11.5') THEN 1 ELSE 0 END) AS diabetes_complicated,
         MAX(CASE WHEN code LIKE 'N18%' THEN 1 ELSE 0 END) AS renal,
         MAX(CASE WHEN code LIKE 'C%' THEN 1 ELSE 0 END) AS cancer,
         MAX(CASE WHEN code LIKE 'K70%' OR code LIKE 'K74%' THEN 1 ELSE 0 END) AS liver
  FROM condition
  GROUP BY person_id
),
scores AS (
  SELECT p.person_id,
         COALESCE(mi + chf + pvd + cevd + dementia + cpd + rheum + diabetes
                  + 2 * diabetes_complicated + 2 * renal + 2 * cancer + liver, 0) AS score
  FROM patient p LEFT JOIN flags f ON f.person_id = p.person_id
)
SELECT CASE WHEN score >= 5 THEN '5+' ELSE CAST(score AS VARCHAR) END AS charlson, COUNT(*) AS persons
FROM scores
GROUP BY charlson
ORDER BY charlson
