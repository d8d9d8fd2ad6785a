-- Return to the emergency department within three days, by age group.
SELECT CASE WHEN age_at(p.birth_date, v.start_date) < 18 THEN 'children'
            WHEN age_at(p.birth_date, v.start_date) < 65 THEN 'adults' ELSE 'older people' END AS age_group,
       COUNT(*) AS visits,
       COUNT(*) FILTER (WHERE v.start_date - v.previous_visit <= 3) AS revisits
FROM (
  SELECT person_id, start_date,
         LAG(start_date) OVER (PARTITION BY person_id ORDER BY start_date) AS previous_visit
  FROM encounter WHERE encounter_class = 'EMER'
) v
JOIN patient p ON p.person_id = v.person_id
GROUP BY age_group
