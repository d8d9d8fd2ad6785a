-- Age-standardised prevalence of diabetes per region with weights of the European standard population.
WITH strata AS (
  SELECT p.region,
         CASE WHEN p.birth_date > DATE '1984-01-01' THEN 'young'
              WHEN p.birth_date > DATE '1959-01-01' THEN 'middle'
              ELSE 'old' END AS age_group,
         COUNT(*) AS n,
         SUM(CASE WHEN EXISTS (SELECT 1 FROM condition c WHERE c.person_id = p.person_id AND c.code LIKE 'E11%') THEN 1 ELSE 0 END) AS cases
  FROM patient p
  GROUP BY 1, 2
),
weights(age_group, weight) AS (VALUES ('young', 0.49), ('middle', 0.33), ('old', 0.18))
SELECT s.region, SUM(w.weight * s.cases / s.n) AS standardised_prevalence
FROM strata s JOIN weights w ON w.age_group = s.age_group
GROUP BY s.region
