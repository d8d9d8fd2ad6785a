-- Flow chart of a statin study: everyone, adults, no earlier cardiovascular disease, a cholesterol measurement, a statin.
WITH flags AS (
  SELECT p.person_id,
         p.birth_date <= DATE '1980-01-01' AS adult,
         EXISTS (SELECT 1 FROM condition c WHERE c.person_id = p.person_id AND c.code IN ('I20.0', 'I20.9', 'I21.4', 'I21.9', 'I25.1', 'I63.9')) AS cvd,
         EXISTS (SELECT 1 FROM observation o WHERE o.person_id = p.person_id AND o.code = '2093-3') AS measured,
         EXISTS (SELECT 1 FROM medication_request m WHERE m.person_id = p.person_id AND m.code LIKE 'C10AA%') AS statin
  FROM patient p
)
SELECT COUNT(*) AS all_persons,
       COUNT(*) FILTER (WHERE adult) AS adults,
       COUNT(*) FILTER (WHERE adult AND NOT cvd) AS without_cvd,
       COUNT(*) FILTER (WHERE adult AND NOT cvd AND measured) AS with_cholesterol,
       COUNT(*) FILTER (WHERE adult AND NOT cvd AND measured AND statin) AS with_statin
FROM flags
