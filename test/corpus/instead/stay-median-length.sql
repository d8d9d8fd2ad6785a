SELECT bucket(e.end_date - e.start_date, 0, 60, 1) AS days
FROM procedure pr JOIN encounter e ON e.person_id = pr.person_id
 AND pr.performed_date BETWEEN e.start_date AND e.end_date
WHERE pr.code = '52734007' AND e.encounter_class = 'IMP'
QUALIFY row_number() OVER (PARTITION BY pr.person_id ORDER BY pr.performed_date) = 1
