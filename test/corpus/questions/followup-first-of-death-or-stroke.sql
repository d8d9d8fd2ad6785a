-- What comes first after a diagnosis of atrial fibrillation: stroke, death or neither within three years?
WITH af AS (
  SELECT person_id, MIN(recorded_date) AS t0 FROM condition WHERE code = 'I48' GROUP BY person_id
)
SELECT event, COUNT(*) AS persons
FROM (
  SELECT af.person_id,
         CASE WHEN s.stroke_date <= af.t0 + INTERVAL 3 YEAR AND (p.deceased_date IS NULL OR s.stroke_date <= p.deceased_date) THEN 'stroke'
              WHEN p.deceased_date <= af.t0 + INTERVAL 3 YEAR THEN 'death'
              ELSE 'neither' END AS event
  FROM af
  JOIN patient p ON p.person_id = af.person_id
  LEFT JOIN (
    SELECT c.person_id, MIN(c.recorded_date) AS stroke_date
    FROM condition c JOIN af a ON a.person_id = c.person_id
    WHERE c.code IN ('I63.9', 'I64') AND c.recorded_date > a.t0
    GROUP BY c.person_id
  ) s ON s.person_id = af.person_id
) e
GROUP BY event
