-- How many people ever had each diagnosis?
-- cells: 7
SELECT code, count(DISTINCT person_id) AS persons FROM condition
WHERE verification_status <> 'refuted' GROUP BY code
