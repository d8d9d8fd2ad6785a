-- New users of statins per year: first prescription ever, nobody who had one before.
SELECT EXTRACT(YEAR FROM first_rx) AS year, COUNT(*) AS new_users
FROM (
  SELECT person_id, MIN(authored_date) AS first_rx
  FROM medication_request
  WHERE code LIKE 'C10AA%' AND status <> 'cancelled'
  GROUP BY person_id
) s
WHERE first_rx >= '2017-01-01' AND first_rx < '2025-01-01'
GROUP BY 1
ORDER BY 1
