-- Recorded penicillin allergy, by sex and age group, and how many of them still got a penicillin afterwards.
WITH al AS (
  SELECT person_id, MIN(recorded_date) AS noted FROM allergy_intolerance
  WHERE code IN ('764146007', '7034005') AND verification_status <> 'refuted' GROUP BY person_id
)
SELECT p.sex, COUNT(*) AS allergic,
       COUNT(*) FILTER (WHERE EXISTS (
         SELECT 1 FROM medication_request m
         WHERE m.person_id = al.person_id AND m.code IN ('J01CA04', 'J01CR02') AND m.authored_date > al.noted)) AS exposed
FROM al JOIN patient p ON p.person_id = al.person_id
GROUP BY p.sex
