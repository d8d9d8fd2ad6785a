-- Proportion of days covered in the first year of metformin, in groups.
WITH first_rx AS (
  SELECT person_id, MIN(authored_date) AS index_date
  FROM medication_request WHERE code = 'A10BA02' GROUP BY person_id
),
covered AS (
  SELECT f.person_id, SUM(COALESCE(m.supply_duration, 30)) AS days
  FROM first_rx f
  JOIN medication_request m ON m.person_id = f.person_id AND m.code = 'A10BA02'
   AND m.authored_date >= f.index_date AND m.authored_date < f.index_date + 365
  GROUP BY f.person_id
)
SELECT CASE WHEN days / 365.0 >= 0.8 THEN 'PDC 80% or more'
            WHEN days / 365.0 >= 0.5 THEN 'PDC 50-79%'
            ELSE 'PDC below 50%' END AS adherence,
       COUNT(*) AS persons,
       AVG(LEAST(days, 365) / 365.0) AS mean_pdc
FROM covered
GROUP BY adherence
