-- What is the mean of all measured values per status, over measurements?
-- cells: 3
-- rows: 50
SELECT o.status, avg(clamp(o.value, 0, 20)) AS mean_value FROM observation o WHERE o.code = '8480-6' GROUP BY o.status
