-- Age and sex of people with a hip replacement.
SELECT p.sex, bucket(age_at(p.birth_date, h.op_date), 40, 100, 10) AS age_from, COUNT(*) AS persons
FROM (SELECT person_id, MIN(performed_date) AS op_date FROM procedure WHERE code = '52734007' GROUP BY person_id) h
JOIN patient p ON p.person_id = h.person_id
GROUP BY p.sex, age_from
