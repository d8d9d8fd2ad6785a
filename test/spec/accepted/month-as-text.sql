-- Diagnoses per month of 2020 as text, and per year.
-- cells: 40
SELECT strftime(recorded_date, '%Y-%m') AS month, count(DISTINCT person_id) AS persons
FROM condition WHERE recorded_date >= DATE '2020-01-01' AND recorded_date < DATE '2021-01-01' GROUP BY 1
