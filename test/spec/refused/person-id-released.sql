SELECT person_id, count(*) FROM patient GROUP BY person_id
-- refused: release-label-key at 1:50
