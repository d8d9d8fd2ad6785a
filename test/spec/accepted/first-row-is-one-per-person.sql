-- The first statin of each person.
WITH ranked AS (
  SELECT m.person_id, m.code, m.authored_date,
    row_number() OVER (PARTITION BY m.person_id ORDER BY m.authored_date, m.code) AS n
  FROM medication_request m WHERE m.code IN ('C10AA01', 'C10AA05')
)
SELECT r.code, p.sex, count(*) AS persons, sum(least(2020 - year(r.authored_date), 3)) AS years
FROM ranked r JOIN patient p ON p.person_id = r.person_id
WHERE r.n = 1
GROUP BY r.code, p.sex
