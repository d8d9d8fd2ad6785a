-- Crude mortality per 1,000 in 2023 by age group and sex.
SELECT sex,
       CASE WHEN date_diff('year', birth_date, DATE '2023-01-01') < 50 THEN '<50'
            WHEN date_diff('year', birth_date, DATE '2023-01-01') < 70 THEN '50-69'
            WHEN date_diff('year', birth_date, DATE '2023-01-01') < 85 THEN '70-84'
            ELSE '85+' END AS age_group,
       COUNT(*) AS alive_at_start,
       COUNT(*) FILTER (WHERE deceased_date BETWEEN '2023-01-01' AND '2023-12-31') AS deaths,
       1000.0 * COUNT(*) FILTER (WHERE deceased_date BETWEEN '2023-01-01' AND '2023-12-31') / COUNT(*) AS per_1000
FROM patient
WHERE (deceased_date IS NULL OR deceased_date >= '2023-01-01') AND birth_date < '2023-01-01'
GROUP BY sex, age_group
