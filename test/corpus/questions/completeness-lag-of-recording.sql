-- Delay between onset and recording of a diagnosis, in classes.
SELECT CASE WHEN recorded_date - onset_date < 0 THEN 'recorded before onset'
            WHEN recorded_date - onset_date <= 30 THEN 'within 30 days'
            WHEN recorded_date - onset_date <= 365 THEN 'within a year'
            ELSE 'later' END AS lag_class,
       COUNT(*) AS diagnoses
FROM condition
WHERE onset_date IS NOT NULL
GROUP BY lag_class
