-- Mean yearly cost of claims per person in 2023, by age group.
WITH cost AS (
  SELECT person_id, SUM(total_value) AS eur
  FROM claim
  WHERE total_currency = 'EUR' AND status = 'active' AND use = 'claim'
    AND created_date BETWEEN DATE '2023-01-01' AND DATE '2023-12-31'
  GROUP BY person_id
)
SELECT CASE WHEN p.birth_date > DATE '1984-01-01' THEN 'under 40'
            WHEN p.birth_date > DATE '1959-01-01' THEN '40-64' ELSE '65 and over' END AS age_group,
       COUNT(*) AS persons,
       AVG(COALESCE(c.eur, 0)) AS mean_cost
FROM patient p LEFT JOIN cost c ON c.person_id = p.person_id
GROUP BY age_group
