-- Users of warfarin and of direct oral anticoagulants per year.
SELECT YEAR(authored_date) AS year,
       CASE WHEN code IN ('B01AA03', 'B01AA04') THEN 'VKA' ELSE 'DOAC' END AS class,
       COUNT(DISTINCT person_id) AS users
FROM medication_request
WHERE code IN ('B01AA03', 'B01AA04', 'B01AE07', 'B01AF01', 'B01AF02', 'B01AF03')
  AND authored_date >= '2018-01-01' AND authored_date < '2025-01-01'
GROUP BY YEAR(authored_date), class
ORDER BY year, class
