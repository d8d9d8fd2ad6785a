-- Anaemia by the WHO limits, from the lowest haemoglobin in 2023.
SELECT p.sex,
       COUNT(*) AS tested,
       SUM(IF(lowest < CASE WHEN p.sex = 'male' THEN 13 ELSE 12 END, 1, 0)) AS anaemic
FROM patient p
JOIN (
  SELECT person_id, MIN(value) AS lowest
  FROM observation
  WHERE code = '718-7' AND unit = 'g/dL' AND year(effective_date) = 2023
  GROUP BY person_id
) hb USING (person_id)
WHERE p.sex IN ('male', 'female')
GROUP BY p.sex
