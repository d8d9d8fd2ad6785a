-- How many people got an opioid and a benzodiazepine or z-drug within 30 days of each other in 2023?
SELECT p.sex, COUNT(DISTINCT p.person_id) AS persons
FROM patient p
JOIN medication_request o ON o.person_id = p.person_id
JOIN medication_request b ON b.person_id = p.person_id
WHERE o.code IN ('N02AA01', 'N02AX02')
  AND b.code IN ('N05BA06', 'N05CF01', 'N05CF02')
  AND ABS(date_diff('day', o.authored_date, b.authored_date)) <= 30
  AND YEAR(o.authored_date) = 2023
GROUP BY p.sex
