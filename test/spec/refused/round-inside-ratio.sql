SELECT 100 * round(count(deceased_date) / count(*), 2) AS percent FROM patient
-- refused: release-expression at 1:14
