-- How complete are sex, date of birth and region?
SELECT COUNT(*) AS persons,
       COUNT(sex) AS with_sex,
       COUNT(birth_date) AS with_birth_date,
       COUNT(region) AS with_region,
       SUM(CASE WHEN deceased AND deceased_date IS NULL THEN 1 ELSE 0 END) AS died_without_date
FROM patient
