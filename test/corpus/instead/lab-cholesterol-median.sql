SELECT p.sex, bucket(c.chol, 1, 12, 0.25) AS cholesterol
FROM patient p JOIN (
  SELECT person_id, avg(value) AS chol FROM observation
  WHERE code = '2093-3' AND unit = 'mmol/L' AND value BETWEEN 1 AND 20 GROUP BY person_id
) c ON c.person_id = p.person_id
