SELECT count(*) FROM patient WHERE region = '‮foo'
-- refused: text-hidden-character at 1:46
