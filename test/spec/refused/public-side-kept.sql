SELECT b.x, count(*) FROM (VALUES ('female')) b(x) LEFT JOIN patient p ON p.sex = b.x GROUP BY b.x
-- refused: join-public-side-kept at 1:52
