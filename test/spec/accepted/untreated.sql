-- Who has high cholesterol and no statin?
SELECT p.sex, count(*) AS persons
FROM patient p
SEMI JOIN condition c ON c.person_id = p.person_id AND c.code = 'E78.5'
ANTI JOIN medication_request m ON m.person_id = p.person_id AND m.code IN ('C10AA01', 'C10AA05')
GROUP BY p.sex
