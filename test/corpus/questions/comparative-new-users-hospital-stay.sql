-- Hospital admission within one year of starting an SGLT2 inhibitor or a DPP-4 inhibitor, by age group.
WITH first_use AS (
  SELECT person_id, MIN(authored_date) AS index_date, arg_min(code, authored_date) AS drug_code
  FROM medication_request
  WHERE code LIKE 'A10BK%' OR code LIKE 'A10BH%'
  GROUP BY person_id
)
SELECT CASE WHEN f.drug_code LIKE 'A10BK%' THEN 'SGLT2i' ELSE 'DPP4i' END AS drug,
       CASE WHEN age_at(p.birth_date, f.index_date) < 65 THEN 'under 65' ELSE '65 and over' END AS age_group,
       COUNT(*) AS new_users,
       COUNT(*) FILTER (WHERE EXISTS (
         SELECT * FROM encounter e
         WHERE e.person_id = f.person_id AND e.encounter_class = 'IMP'
           AND e.start_date > f.index_date AND e.start_date <= f.index_date + INTERVAL 365 DAY)) AS admitted
FROM first_use f
JOIN patient p ON p.person_id = f.person_id
WHERE p.birth_date IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2
