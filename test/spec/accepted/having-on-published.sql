-- Which diagnoses are common enough to report?
-- cells: 7
SELECT code, count(DISTINCT person_id) AS persons FROM condition
GROUP BY code HAVING count(DISTINCT person_id) >= 50 ORDER BY persons DESC
