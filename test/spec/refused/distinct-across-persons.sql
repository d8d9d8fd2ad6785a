SELECT count(*) AS n FROM (SELECT DISTINCT region FROM patient) r
-- refused: distinct-needs-person-key at 1:44
