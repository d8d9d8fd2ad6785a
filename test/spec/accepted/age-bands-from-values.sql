-- How many people fall in the age bands of the national report?
SELECT b.band, count(*) AS persons
FROM patient p
JOIN (VALUES ('child', 1990, 2030), ('adult', 1960, 1989), ('older', 1900, 1959)) AS b(band, born_from, born_to)
  ON p.birth_year BETWEEN b.born_from AND b.born_to
GROUP BY b.band
