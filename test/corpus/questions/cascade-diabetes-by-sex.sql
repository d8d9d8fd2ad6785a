-- Diabetes: tested, treated and with HbA1c below 7 percent, by sex.
SELECT p.sex,
       COUNT(*) AS diabetics,
       AVG(CASE WHEN h.hba1c IS NOT NULL THEN 1 ELSE 0 END) AS tested,
       AVG(CASE WHEN t.person_id IS NOT NULL THEN 1 ELSE 0 END) AS treated,
       AVG(CASE WHEN h.hba1c < 7 THEN 1 ELSE 0 END) AS controlled
FROM patient p
JOIN (SELECT person_id FROM condition WHERE code LIKE 'E11%' GROUP BY person_id) d ON d.person_id = p.person_id
LEFT JOIN (SELECT DISTINCT person_id FROM medication_request WHERE code LIKE 'A10%') t ON t.person_id = p.person_id
LEFT JOIN (
  SELECT person_id, arg_max(value, effective_date) AS hba1c FROM observation
  WHERE code = '4548-4' GROUP BY person_id
) h ON h.person_id = p.person_id
GROUP BY p.sex
