-- How many contacts of each class were there, and by how many people?
-- cells: 4
-- rows: 40
SELECT encounter_class, count(*) AS contacts, count(DISTINCT person_id) AS persons
FROM encounter GROUP BY encounter_class ORDER BY 2 DESC
