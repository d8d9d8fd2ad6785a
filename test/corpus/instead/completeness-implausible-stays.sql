SELECT encounter_class, count(*) AS contacts, count(CASE WHEN end_date < start_date THEN 1 END) AS reversed,
       count(*) FILTER (WHERE end_date IS NULL) AS open_ended
FROM encounter GROUP BY encounter_class
