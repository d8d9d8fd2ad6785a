/** What to write instead of a function that is not on the list. */
export const replacements: Readonly<Record<string, string>> = {
  now: "Write the day as a literal: DATE '2025-01-01'.",
  today: "Write the day as a literal: DATE '2025-01-01'.",
  get_current_timestamp: "Write the day as a literal: DATE '2025-01-01'.",
  approx_count_distinct: 'Use count(DISTINCT person_id), which is exact.',
  age: 'Use age_at(birth_date, DATE ...).',
  first: 'Use arg_min(x, by) or arg_max(x, by).',
  last: 'Use arg_max(x, by).',
  any_value: 'Use min(x) or max(x).',
  mode: 'Use arg_max over a count per person.',
  random: 'Precision is chosen with the variance; there is no sampling.',
  regexp_matches: "Use LIKE, starts_with or codelist(code, 'I1*').",
  regexp_full_match: "Use LIKE, starts_with or codelist(code, 'I1*').",
  width_bucket: 'Use bucket(x, lo, hi, step).',
  quantile_cont: 'Over persons: the reducer quantile, or GROUP BY bucket(x, lo, hi, step).',
  quantile: 'Over persons: the reducer quantile, or GROUP BY bucket(x, lo, hi, step).',
  percentile_cont: 'Over persons: the reducer quantile, or GROUP BY bucket(x, lo, hi, step).',
  stddev:
    'Over persons: the reducer mean or table1, or avg(clamp(x, lo, hi)) and avg of its square.',
  stddev_samp:
    'Over persons: the reducer mean or table1, or avg(clamp(x, lo, hi)) and avg of its square.',
  histogram: 'Group by bucket(x, lo, hi, step).',
}
export const replacement = (name: string) => {
  const fix = replacements[name]
  return {
    reason: `The function ${name.slice(0, 40)} is not on the list of total, deterministic functions.`,
    ...(fix && { fix }),
  }
}
