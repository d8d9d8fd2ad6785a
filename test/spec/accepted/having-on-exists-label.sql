-- People with a stay, by a label that looks into another table.
SELECT CASE WHEN EXISTS (SELECT 1 FROM encounter e WHERE e.person_id = p.person_id AND e.encounter_class = 'IMP') THEN 'stay' ELSE 'none' END AS care,
  count(*) AS persons
FROM patient p GROUP BY care HAVING care = 'stay'
