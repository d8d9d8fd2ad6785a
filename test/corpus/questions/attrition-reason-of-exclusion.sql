-- First reason for which people are excluded from a study of new metformin users.
WITH metformin AS (
  SELECT person_id, MIN(authored_date) AS index_date
  FROM medication_request WHERE code = 'A10BA02' GROUP BY person_id
),
joined AS (
  SELECT m.person_id, m.index_date, p.birth_date,
         (SELECT MIN(authored_date) FROM medication_request r
          WHERE r.person_id = m.person_id AND r.code LIKE 'A10%' AND r.code <> 'A10BA02') AS other_first,
         (SELECT COUNT(*) FROM encounter e
          WHERE e.person_id = m.person_id AND e.start_date < m.index_date
            AND e.start_date >= m.index_date - INTERVAL 12 MONTH) AS contacts_before
  FROM metformin m JOIN patient p ON p.person_id = m.person_id
)
SELECT CASE WHEN age_at(birth_date, index_date) < 18 THEN '1 under 18'
            WHEN other_first < index_date THEN '2 other drug before'
            WHEN contacts_before = 0 THEN '3 no contact in the year before'
            ELSE '4 included' END AS outcome,
       COUNT(*) AS persons
FROM joined
GROUP BY outcome
ORDER BY outcome
