SELECT patient FROM patient
-- refused: column-unknown at 1:8
