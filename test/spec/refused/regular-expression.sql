SELECT count(*) FROM patient WHERE regexp_matches(region, '(a|aa)+$')
-- refused: function-unknown at 1:36
