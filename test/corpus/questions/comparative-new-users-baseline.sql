-- Baseline of new users of SGLT2 inhibitors and DPP-4 inhibitors: number, age, share of women, heart failure.
WITH rx AS (
  SELECT person_id, authored_date,
         CASE WHEN code LIKE 'A10BK%' THEN 'SGLT2i' ELSE 'DPP4i' END AS drug
  FROM medication_request WHERE code LIKE 'A10BK%' OR code LIKE 'A10BH%'
),
new_users AS (
  SELECT person_id, drug, authored_date AS index_date
  FROM rx
  QUALIFY ROW_NUMBER() OVER (PARTITION BY person_id ORDER BY authored_date, drug) = 1
)
SELECT n.drug,
       COUNT(*) AS persons,
       AVG(age_at(p.birth_date, n.index_date)) AS mean_age,
       AVG(CASE WHEN p.sex = 'female' THEN 1.0 ELSE 0 END) AS women,
       AVG(CASE WHEN EXISTS (SELECT 1 FROM condition c WHERE c.person_id = n.person_id AND c.code LIKE 'I50%' AND c.recorded_date < n.index_date) THEN 1.0 ELSE 0 END) AS heart_failure
FROM new_users n JOIN patient p ON p.person_id = n.person_id
GROUP BY n.drug
