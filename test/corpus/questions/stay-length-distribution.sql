-- Distribution of the length of stay in days.
SELECT CASE WHEN los = 0 THEN 'same day' WHEN los <= 2 THEN '1-2' WHEN los <= 7 THEN '3-7'
            WHEN los <= 14 THEN '8-14' ELSE '15+' END AS length_of_stay,
       COUNT(*) AS stays
FROM (
  SELECT person_id, end_date - start_date AS los
  FROM encounter WHERE encounter_class = 'IMP' AND end_date IS NOT NULL
) s
WHERE los >= 0
GROUP BY length_of_stay
