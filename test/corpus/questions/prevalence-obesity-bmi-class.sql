-- Distribution of body mass index classes, by the last measurement since 2020.
SELECT CASE WHEN bmi < 18.5 THEN 'underweight'
            WHEN bmi < 25 THEN 'normal'
            WHEN bmi < 30 THEN 'overweight'
            WHEN bmi < 35 THEN 'obesity I'
            ELSE 'obesity II-III' END AS bmi_class,
       COUNT(*) AS persons
FROM (
  SELECT person_id, arg_max(value, effective_date) AS bmi
  FROM observation
  WHERE code = '39156-5' AND unit = 'kg/m2' AND value BETWEEN 10 AND 80
    AND effective_date >= '2020-01-01'
  GROUP BY person_id
)
GROUP BY bmi_class
