SELECT code, count(*) FROM condition c JOIN medication_request m ON c.person_id = m.person_id GROUP BY 1
-- refused: column-ambiguous at 1:8
