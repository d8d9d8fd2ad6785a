-- Of the people of each region, how many had an emergency and how many a stay?
SELECT p.region, count(DISTINCT p.person_id) AS persons,
  count(DISTINCT CASE WHEN e.encounter_class = 'EMER' THEN e.person_id END) AS emergency,
  count(DISTINCT CASE WHEN e.encounter_class = 'IMP' AND e.end_date > e.start_date THEN p.person_id ELSE NULL END) AS stay
FROM patient p LEFT JOIN encounter e ON e.person_id = p.person_id GROUP BY p.region
