-- Distribution of the latest HbA1c of people with diabetes, in steps of one percent.
WITH last_value AS (
  SELECT o.person_id, o.value,
         ROW_NUMBER() OVER (PARTITION BY o.person_id ORDER BY o.effective_date DESC) AS rn
  FROM observation o
  WHERE o.code = '4548-4' AND o.unit = '%' AND o.status IN ('final', 'amended', 'corrected')
)
SELECT FLOOR(v.value) AS hba1c_from, COUNT(*) AS persons
FROM last_value v
JOIN (SELECT DISTINCT person_id FROM condition WHERE code LIKE 'E11%') d ON d.person_id = v.person_id
WHERE v.rn = 1 AND v.value BETWEEN 4 AND 15
GROUP BY FLOOR(v.value)
ORDER BY 1
