-- Colonoscopy in the last ten years among people aged 50 to 74, by region and sex.
SELECT p.region, p.sex,
       COUNT(*) AS eligible,
       COUNT(*) FILTER (WHERE p.person_id IN (
         SELECT person_id FROM procedure WHERE code = '73761001' AND performed_date >= DATE '2014-01-01'
       )) AS screened
FROM patient p
WHERE age_at(p.birth_date, DATE '2024-01-01') BETWEEN 50 AND 74 AND NOT p.deceased
GROUP BY p.region, p.sex
