-- Of people who start a statin, how many still get prescriptions 12 months later?
WITH starters AS (
  SELECT person_id, MIN(authored_date) AS start_date
  FROM medication_request
  WHERE code IN ('C10AA01', 'C10AA03', 'C10AA05', 'C10AA07')
  GROUP BY person_id
  HAVING MIN(authored_date) BETWEEN '2019-01-01' AND '2022-12-31'
),
later AS (
  SELECT s.person_id, COUNT(*) AS n
  FROM starters s
  JOIN medication_request m ON m.person_id = s.person_id
  WHERE m.code LIKE 'C10AA%'
    AND m.authored_date BETWEEN s.start_date + INTERVAL 12 MONTH AND s.start_date + INTERVAL 15 MONTH
  GROUP BY s.person_id
)
SELECT YEAR(s.start_date) AS start_year,
       COUNT(*) AS starters,
       COUNT(l.person_id) AS persistent,
       COUNT(l.person_id) * 100.0 / COUNT(*) AS percent
FROM starters s LEFT JOIN later l ON l.person_id = s.person_id
GROUP BY YEAR(s.start_date)
ORDER BY start_year
