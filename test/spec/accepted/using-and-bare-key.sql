-- Contacts of people with a diagnosis, joined by USING and compared by the bare key.
SELECT p.sex, count(DISTINCT person_id) AS persons
FROM patient p JOIN condition c USING (person_id), (SELECT person_id AS who FROM encounter WHERE encounter_class = 'AMB') e
WHERE c.person_id = e.who AND person_id = e.who
GROUP BY p.sex
