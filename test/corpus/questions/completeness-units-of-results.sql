-- For each laboratory test, how many results have no unit?
SELECT code, COUNT(*) AS results, SUM(CASE WHEN unit IS NULL THEN 1 ELSE 0 END) AS without_unit
FROM observation
WHERE category = 'laboratory'
GROUP BY code
ORDER BY results DESC
