-- How long are people followed until diabetes, death or the end of 2024?
WITH diabetes AS (SELECT person_id, min(onset_date) AS onset FROM condition WHERE code = 'E11.9' GROUP BY person_id)
SELECT p.sex, count(*) AS persons,
  avg(clamp(least(d.onset, p.deceased_date, DATE '2024-12-31') - greatest(p.birth_date, DATE '2010-01-01'), 0, 6000)) AS days
FROM patient p LEFT JOIN diabetes d ON d.person_id = p.person_id
GROUP BY p.sex
