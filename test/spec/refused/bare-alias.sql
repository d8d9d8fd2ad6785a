SELECT count(*) year FROM patient
-- refused: syntax-bare-alias at 1:17
