SELECT p.region, least(d.n, 30) AS drugs
FROM patient p JOIN (
  SELECT person_id, count(DISTINCT code) AS n
  FROM medication_request WHERE year(authored_date) = 2023 GROUP BY person_id
) d ON d.person_id = p.person_id
