-- How many people have had each of the cancers of the register, by sex?
SELECT c.code AS cancer, p.sex, COUNT(DISTINCT p.person_id) AS persons
FROM patient p, condition c
WHERE p.person_id = c.person_id
  AND c.code >= 'C00' AND c.code < 'D00'
GROUP BY c.code, p.sex
ORDER BY 1, 2
