SELECT count(*) FROM patient WHERE random() < 0.5
-- refused: function-unknown at 1:36
