-- How common are circulatory and endocrine diagnoses?
-- cells: 3
SELECT CASE WHEN codelist(code, 'I10', 'I25*') THEN 'circulatory' WHEN code IN codelist('E*') THEN 'endocrine' ELSE 'other' END AS chapter,
  count(DISTINCT person_id) AS persons
FROM condition GROUP BY chapter
