-- How many people were admitted in each quarter of 2020 and 2021?
-- cells: 8
SELECT date_trunc('quarter', start_date) AS quarter, count(DISTINCT person_id) AS persons
FROM encounter
WHERE encounter_class = 'IMP' AND start_date BETWEEN DATE '2020-01-01' AND DATE '2021-12-31'
GROUP BY quarter ORDER BY quarter
