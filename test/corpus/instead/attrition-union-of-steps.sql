WITH flags AS (
  SELECT p.person_id,
         EXISTS (SELECT 1 FROM condition c WHERE c.person_id = p.person_id AND c.code LIKE 'E11%') AS diabetic,
         EXISTS (SELECT 1 FROM medication_request m WHERE m.person_id = p.person_id AND m.code LIKE 'A10%') AS treated
  FROM patient p WHERE p.birth_date <= DATE '2005-01-01'
)
SELECT count(*) AS adults, count(*) FILTER (WHERE diabetic) AS with_diabetes,
       count(*) FILTER (WHERE diabetic AND treated) AS treated
FROM flags
