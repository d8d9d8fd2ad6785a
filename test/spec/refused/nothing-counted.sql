SELECT sex FROM patient GROUP BY sex
-- refused: release-nothing-counted at 1:8
