-- Mean and standard deviation of the number of different drugs per person in 2023, by region.
SELECT p.region, COUNT(*) AS persons, AVG(n) AS mean_drugs, STDDEV(n) AS sd_drugs
FROM (
  SELECT person_id, COUNT(DISTINCT code) AS n
  FROM medication_request WHERE YEAR(authored_date) = 2023 GROUP BY person_id
) d
JOIN patient p ON p.person_id = d.person_id
GROUP BY p.region
