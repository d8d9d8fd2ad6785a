-- How many distinct drugs does the population take in all?
WITH drugs AS (SELECT person_id, count(DISTINCT code) AS n FROM medication_request GROUP BY person_id)
SELECT p.sex, sum(d.n) AS drugs, sum(clamp(d.n * 1.5, 0, 10)) AS weighted
FROM drugs d JOIN patient p USING (person_id) GROUP BY p.sex
