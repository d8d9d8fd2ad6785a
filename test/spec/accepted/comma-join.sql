-- How many women and men have hypertension, asked in the old way of joining?
SELECT p.sex, count(DISTINCT p.person_id) AS persons
FROM patient p, condition c, encounter e
WHERE p.person_id = c.person_id AND c.code = 'I10' AND e.person_id = c.person_id AND e.encounter_class = 'AMB'
GROUP BY p.sex
