SELECT count(*) FROM patient WHERE md5(region) = 'x'
-- refused: function-unknown at 1:36
