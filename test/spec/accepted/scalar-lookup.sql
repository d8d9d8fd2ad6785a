-- How often are people of each region seen?
SELECT p.region, avg(clamp(coalesce((SELECT count(*) FROM encounter e WHERE e.person_id = p.person_id), 0), 0, 64)) AS contacts
FROM patient p GROUP BY p.region
