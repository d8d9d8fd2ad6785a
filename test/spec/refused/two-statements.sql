SELECT count(*) FROM patient; SELECT count(*) FROM patient
-- refused: statement-single at 1:1
