-- Mean potassium of people on and off loop diuretics.
SELECT CASE WHEN m.person_id IS NULL THEN 'no loop diuretic' ELSE 'loop diuretic' END AS exposure,
       COUNT(DISTINCT o.person_id) AS persons,
       AVG(o.value) AS mean_potassium
FROM observation o
LEFT JOIN (SELECT DISTINCT person_id FROM medication_request WHERE code IN ('C03CA01', 'C03CA04')) m
  ON m.person_id = o.person_id
WHERE o.code = '2823-3' AND o.unit = 'mmol/L' AND o.value > 1 AND o.value < 10
GROUP BY 1
