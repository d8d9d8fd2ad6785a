-- Influenza vaccinations per season (July to June), seasons 2019/20 to 2023/24.
SELECT YEAR(occurrence_date - INTERVAL 6 MONTH) AS season_start,
       COUNT(DISTINCT person_id) AS vaccinated
FROM immunization
WHERE atc_code = 'J07BB02'
  AND status = 'completed'
  AND occurrence_date >= '2019-07-01' AND occurrence_date < '2024-07-01'
GROUP BY season_start
ORDER BY season_start
