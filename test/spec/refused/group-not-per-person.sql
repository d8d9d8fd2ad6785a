WITH r AS (SELECT region, count(*) AS n FROM patient GROUP BY region)
SELECT p.region, count(*) FROM patient p JOIN r ON r.region = p.region GROUP BY p.region
-- refused: group-needs-person-key at 1:19
