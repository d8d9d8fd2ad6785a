-- Contacts that end before they begin, by class.
SELECT encounter_class,
       COUNT(*) AS contacts,
       COUNT(CASE WHEN end_date < start_date THEN 1 END) AS reversed,
       COUNT(*) - COUNT(end_date) AS open_ended
FROM encounter
GROUP BY encounter_class
