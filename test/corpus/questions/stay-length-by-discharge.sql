-- Length of stay by where people go after discharge.
SELECT e.discharge_disposition, COUNT(*) AS stays, ROUND(AVG(e.end_date - e.start_date), 1) AS mean_days
FROM encounter e
WHERE e.encounter_class = 'IMP' AND e.status = 'finished'
  AND e.end_date - e.start_date BETWEEN 0 AND 365
GROUP BY e.discharge_disposition
ORDER BY stays DESC
