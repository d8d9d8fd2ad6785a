-- Days from a laboratory examination to its report.
SELECT date_diff('day', effective_date, issued_date) AS days, COUNT(*) AS reports
FROM diagnostic_report
WHERE category = 'LAB' AND status = 'final'
  AND date_diff('day', effective_date, issued_date) BETWEEN 0 AND 14
GROUP BY days
ORDER BY days
