-- What was the latest HbA1c, and in whom is it above target?
SELECT p.sex, count(*) AS persons, avg(clamp(latest, 3, 16)) AS mean_latest,
  count(*) FILTER (WHERE latest >= 7) AS above
FROM (
  SELECT person_id, arg_max(value, effective_date) AS latest FROM observation
  WHERE code = '4548-4' AND value IS NOT NULL AND effective_date IS NOT NULL GROUP BY person_id
) l JOIN patient p ON p.person_id = l.person_id
GROUP BY p.sex
