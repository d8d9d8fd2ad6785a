SELECT strftime(recorded_date, '%d.%m.%Y') AS day, count(*) AS n FROM condition GROUP BY 1
-- refused: argument-constant at 1:32
