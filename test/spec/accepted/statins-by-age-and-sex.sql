-- Who is treated with a statin?
SELECT sex, bucket(age_at(birth_date, DATE '2025-01-01'), 0, 100, 20) AS age_from,
  count(*) AS persons,
  count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM medication_request m WHERE m.person_id = patient.person_id AND m.code LIKE 'C10AA%'
  )) AS on_statin
FROM patient
GROUP BY 1, 2
