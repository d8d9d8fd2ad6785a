/** What is asked in both worlds, in this order, under one permit: crafted so that an engine would fail in one of them. */
export const questions: readonly Readonly<{ what: string; text: string }>[] = [
  { what: 'plain', text: 'SELECT sex, count(*) AS n FROM patient GROUP BY sex' },
  {
    what: 'overflow',
    text: 'SELECT sum(clamp(CAST(value AS INTEGER) * 2147483647, 0, 100)) AS s FROM observation',
  },
  {
    what: 'cast',
    text: 'SELECT count(DISTINCT person_id) AS n FROM observation WHERE CAST(CAST(value AS VARCHAR) AS INTEGER) > 5',
  },
  {
    what: 'division by zero',
    text: 'SELECT count(DISTINCT person_id) AS n FROM observation WHERE coalesce(1 / (value - 120), 1) > 0',
  },
  {
    what: 'fan-out',
    text: 'SELECT count(*) AS n FROM observation a JOIN observation b ON a.person_id = b.person_id',
  },
  {
    what: 'deep windows',
    text: `SELECT count(DISTINCT person_id) AS n FROM (SELECT person_id, row_number() OVER (PARTITION BY person_id ORDER BY value) AS r
      FROM (SELECT person_id, value, row_number() OVER (PARTITION BY person_id ORDER BY effective_date) AS q FROM observation)
      WHERE q > 1) WHERE r > 1`,
  },
  {
    what: 'the target alone, near no threshold',
    text: "SELECT sex, count(*) AS n FROM patient WHERE birth_date = DATE '1950-01-01' GROUP BY sex",
  },
  // A canonical repeat of the first, spelled otherwise.
  { what: 'repeat', text: 'select sex, COUNT(*) as n from patient group by 1' },
  {
    what: 'refused: an error on purpose',
    text: "SELECT count(*) AS n FROM observation WHERE CASE WHEN value > 1e299 THEN error('x') ELSE TRUE END",
  },
  { what: 'refused: the largest value', text: 'SELECT max(value) AS m FROM observation' },
  // The budget below covers what stands before it and not this one.
  {
    what: 'over the budget',
    text: "SELECT count(*) AS n FROM patient WHERE sex = 'female'",
  },
]

export const VARIANCE = 40
/** The questions before the last cost 0.225 at this variance: it is the one that does not fit. */
export const BUDGET = 0.24
