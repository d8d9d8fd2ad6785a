import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aggregates, windows } from '../../src/analysis/aggregates.ts'
import { functions } from '../../src/analysis/functions.ts'
import { checkPlan, prove } from '../../src/analysis/prove.ts'
import type { Dictionary } from '../../src/domain/dataset.ts'
import { Problem } from '../../src/domain/problem.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../support/plain-jail.ts'

/** Every function on the list, over values that make engines raise: none may, and each must be callable. */

const engine = createEngine({
  jail: plainJail(),
  threads: 1,
  diagnose: (t) => console.log(t.slice(0, 300)),
})
const folder = mkdtempSync(join(tmpdir(), 'vitrine-total-'))
const database = join(folder, 'ws.duckdb')
afterAll(() => engine.close())

const columns = [
  [
    'n',
    'decimal',
    "[NULL, 'NaN', 'Infinity', '-Infinity', '1e308', '-1e308', '-0.0', '0', '5e-324', '2.5']",
    'DOUBLE',
  ],
  [
    'i',
    'integer',
    "[NULL, '9223372036854775807', '-9223372036854775808', '0', '-1', '7', '1', '2', '3', '4']",
    'BIGINT',
  ],
  [
    't',
    'text',
    "[NULL, '', 'infinity', '2020-13-40', 'NaN', repeat('é', 3000), '9e99', '%_%', '-', 'E11.9']",
    'VARCHAR',
  ],
  [
    'd',
    'date',
    "[NULL, 'infinity', '-infinity', '5881580-07-10', '5877642-06-25 (BC)', '0001-01-01', '1969-12-31', '2020-02-29', '2000-01-01', '1900-03-01']",
    'DATE',
  ],
  [
    's',
    'timestamp',
    "[NULL, 'infinity', '-infinity', '294247-01-10 04:00:54.775806', '290309-12-22 (BC) 00:00:00', '2020-02-29 23:59:59', '1970-01-01', '2000-01-01', '1900-03-01', '2100-01-01']",
    'TIMESTAMP',
  ],
  [
    'q',
    'boolean',
    "[NULL, 'true', 'false', 'true', 'false', 'true', 'false', 'true', 'false', NULL]",
    'BOOLEAN',
  ],
] as const
const odd = (
  name: string,
  rowsPerPerson: Dictionary[number]['rowsPerPerson'],
): Dictionary[number] => ({
  name,
  meaning: '',
  rowsPerPerson,
  columns: [
    { name: 'person_id', type: 'integer', domain: { kind: 'person' }, meaning: '' },
    ...columns.map(([n, type]) => ({
      name: n,
      type,
      domain: { kind: 'open' } as const,
      meaning: '',
    })),
    // A promise that the data break: the printing must hold it by itself.
    {
      name: 'b',
      type: 'integer',
      domain: { kind: 'range', min: -100, max: 100, step: 1 },
      meaning: '',
    },
  ],
})
const dictionary: Dictionary = [odd('odd', { kind: 'one' }), odd('odds', { kind: 'many', cap: 50 })]

beforeAll(async () => {
  const cells = columns.map(
    ([n, , values, type]) =>
      `TRY_CAST((${values})[1 + (k * ${1 + n.charCodeAt(0)} + j) % 10] AS ${type}) AS ${n}`,
  )
  const bounded =
    '(CASE WHEN (k + j) % 4 = 0 THEN 9223372036854775807 ELSE (k * 13) % 100 END)::BIGINT AS b'
  await engine.script({
    statements: [
      `ATTACH '${database}' AS ws`,
      `CREATE TABLE ws.main.odd AS SELECT (k * 10 + j)::INTEGER AS person_id, ${[...cells, bounded].join(', ')} FROM range(10) a(k), range(10) b(j)`,
      `CREATE TABLE ws.main.odds AS SELECT (k % 7)::INTEGER AS person_id, ${[...cells, bounded].join(', ')} FROM range(30) a(k), range(10) b(j)`,
    ],
    read: [],
    write: [folder],
  })
})

/** Calls of each function; a form that is not here is called by what docs/sql.md says of it. */
const calls: Readonly<Record<string, readonly string[]>> = {
  clamp: ['clamp(n, -5, 5.5)', 'clamp(b, 0, 9)', 'clamp(i, 0, 9)'],
  bucket: ['bucket(n, 0, 10, 2)', 'bucket(i, 0, 10, 0.5)', 'bucket(b, -100, 100, 10)'],
  age_at: ["age_at(d, DATE '2025-01-01')", 'age_at(d, d)', 'age_at(s, d)'],
  between_dates: ["between_dates(d, DATE '2000-01-01', '2001-01-01')", 'between_dates(s, d, d)'],
  codelist: ["codelist(t, 'E11*', 'I10')"],
  '+': [
    'n + n',
    'b + b',
    'i + 1',
    'i + i',
    'd + 5',
    'd + INTERVAL 40 YEARS',
    "s + INTERVAL '3 months'",
    'd + INTERVAL (b) DAYS',
  ],
  '-': ['n - n', 'b - b', 'i - 9', '- i', '- b', 'd - 5', 'd - d', 's - s', 'd - INTERVAL 9 WEEKS'],
  '*': ['n * n', 'b * b', 'i * i', 'b * b * b * b * b * b * b * b * b * b'],
  '/': ['n / 0', 'n / n', 'b / b', 'i / 0'],
  '//': ['b // 7'],
  '%': ['b % 7'],
  round: ['round(n, 2)', 'round(n)', 'round(n, -9)', 'round(i, 2)'],
  least: ['least(n, i, 3)', 'least(b, 3)'],
  greatest: ['greatest(n, i, 3)'],
  nullif: ['nullif(n, 0)', "nullif(t, '')"],
  ifnull: ['ifnull(n, 0)'],
  '~~': ["t LIKE '%a%_%'"],
  '!~~': ["t NOT LIKE '%a%_%'"],
  '~~*': ["t ILIKE '%É%'"],
  '!~~*': ["t NOT ILIKE '%É%'"],
  '^@': ["t ^@ 'E'"],
  '||': ['t || t', "t || 'x' || t"],
  left: ['left(t, 1000)', 'left(t, 0)'],
  right: ['right(t, 1000)', 'right(t, 0)'],
  substring: ['substring(t, 0, 1000)', 'substring(t, 1000, 3)'],
  substr: ['substr(t, 2, 3)'],
  starts_with: ["starts_with(t, 'E')", 'starts_with(t, t)'],
  date_part: ['extract(year FROM d)', "date_part('week', s)", "date_part('dow', d)"],
  datepart: ["datepart('month', d)"],
  date_diff: [
    "date_diff('day', d, s)",
    "date_diff('month', d, d)",
    "date_diff('week', d, DATE '2020-01-01')",
    "date_diff('year', d, d)",
    "date_diff('quarter', d, d)",
  ],
  date_sub: [
    "date_sub('day', d, s)",
    "date_sub('month', d, d)",
    "date_sub('year', DATE '1990-01-01', d)",
    "date_sub('quarter', d, d)",
  ],
  date_trunc: [
    "date_trunc('month', d)",
    "date_trunc('week', s)",
    "date_trunc('year', d)",
    "date_trunc('quarter', d)",
  ],
  power: ['power(n, n)', 'power(b, 99)'],
  pow: ['pow(n, 0.5)'],
  '**': ['n ** 2'],
  '^': ['n ^ 2'],
  to_days: ['d + INTERVAL 3 DAYS'],
  to_weeks: ['d + INTERVAL 3 WEEKS'],
  to_months: ['d - INTERVAL 3 MONTHS'],
  to_quarters: ['d + INTERVAL 3 QUARTERS'],
  to_years: ['d - INTERVAL 300 YEARS'],
}
const ofForm = (name: string): readonly string[] => {
  const form = functions[name]?.form ?? ''
  const args = (/\((.*)\)/.exec(form)?.[1] ?? '')
    .split(', ')
    .map(
      (a) =>
        ({ s: 't', x: 'n', d: 'd', part: "'a'", unit: "'year'", from: 'd', to: 'd', y: 'b' })[a] ??
        a,
    )
  const call = `${name}(${args.join(', ')})`
  return args[0] === 'n' ? [call, call.replace('(n', '(i'), call.replace('(n', '(b')] : [call]
}
const operators = [
  'CAST(t AS INTEGER)',
  't::DATE',
  't::DOUBLE',
  'n::INTEGER',
  'i::VARCHAR',
  'd::VARCHAR',
  't::TIMESTAMP',
  'q::INTEGER',
  't::BOOLEAN',
  's::DATE',
  'd::TIMESTAMP',
  'n = i',
  'd < s',
  'n IS DISTINCT FROM b',
  'coalesce(n, i, 1)',
  'CASE WHEN q THEN n ELSE b END',
  'n IN (1, 2.5)',
  'NOT q',
  'd IS NULL',
]

const run = async (texts: readonly string[]): Promise<readonly string[]> => {
  const proofs = []
  for (const text of texts) {
    try {
      const proven = prove(await engine.parse(text), dictionary, { text })
      checkPlan(await engine.plan(dictionary, proven.sql), proven)
      proofs.push(proven)
    } catch (error) {
      throw new Error(
        `${text}: ${error instanceof Problem ? JSON.stringify(error.facts) : String(error)}`,
      )
    }
  }
  const failed: string[] = []
  for (let from = 0; from < proofs.length; ) {
    const statements = [
      `ATTACH '${database}' AS ws (READ_ONLY)`,
      ...proofs.slice(from).map((p) => p.sql),
    ]
    try {
      await engine.script({ statements, read: [database], write: [] })
      break
    } catch (error) {
      const at = error instanceof Problem ? Number(error.facts['statement']) : Number.NaN
      if (!(at > 0)) throw error
      failed.push(texts[from + at - 1] as string)
      from += at
    }
  }
  return failed
}

test('scalar functions and operators', { timeout: 120_000 }, async () => {
  const expressions = [
    ...Object.keys(functions)
      .filter((n) => n !== 'trunc')
      .flatMap((n) => calls[n] ?? ofForm(n)),
    ...operators,
  ]
  const texts = chunks(expressions).map(
    (es) =>
      `SELECT ${es.map((e, i) => `count(*) FILTER (WHERE (${e}) IS NOT NULL) AS n${i}`).join(', ')} FROM odd`,
  )
  expect(await run(texts)).toEqual([])
})

const chunks = (all: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(all.length / 8) }, (_, i) => all.slice(i * 8, i * 8 + 8))
const counted = (es: readonly string[]): string =>
  es.map((_, i) => `count(*) FILTER (WHERE v${i} IS NOT NULL) AS n${i}`).join(', ')
const named = (es: readonly string[]): string => es.map((e, i) => `${e} AS v${i}`).join(', ')

test('aggregates and windows', { timeout: 120_000 }, async () => {
  const per = (es: readonly string[]) =>
    `WITH w AS (SELECT person_id, ${named(es)} FROM odds GROUP BY person_id) SELECT ${counted(es)} FROM w`
  const over = (es: readonly string[]) =>
    `WITH w AS (SELECT person_id, ${named(es)} FROM odds) SELECT ${counted(es)} FROM w`
  const args = ['n', 'i', 'b', 'd', 't', 's', 'q']
  const numeric = ['sum', 'avg', 'mean', 'median']
  const inside = Object.keys(aggregates).flatMap((name) => {
    if (name === 'count_star') return ['count(*)']
    if (name.startsWith('count') && name !== 'count') return [`${name}(q)`]
    if (name.startsWith('bool')) return [`${name}(q)`]
    if (name.startsWith('arg_') || name.endsWith('_by'))
      return args.flatMap((x) => [`${name}(${x}, n)`, `${name}(n, ${x})`])
    return (numeric.includes(name) ? ['n', 'i', 'b'] : args).map((x) => `${name}(${x})`)
  })
  const w = 'OVER (PARTITION BY person_id ORDER BY n DESC, d)'
  const windowed = Object.keys(windows).flatMap((name) => {
    if (['row_number', 'rank', 'dense_rank'].includes(name)) return [`${name}() ${w}`]
    if (name === 'count_star') return [`count(*) ${w}`]
    return (numeric.includes(name) ? ['n', 'i', 'b'] : args).map((x) => `${name}(${x}) ${w}`)
  })
  const frames = [
    'ROWS BETWEEN 3 PRECEDING AND CURRENT ROW',
    'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING',
  ].map((f) => `sum(n) OVER (PARTITION BY person_id ORDER BY d ${f})`)
  const texts = [
    ...chunks([...inside, 'count(DISTINCT t)']).map(per),
    ...chunks([...windowed, ...frames]).map(over),
  ]
  expect(await run(texts)).toEqual([])
})

test('released measures', { timeout: 60_000 }, async () => {
  const measures = [
    'sum(clamp(n, -5, 5))',
    'avg(clamp(n, 0.1, 0.9))',
    'sum(b)',
    'avg(b * 1.5)',
    'sum(clamp(i, 0, 1000000))',
    'avg(q::INTEGER)',
    '100.0 * sum(clamp(n, 0, 1)) / count(*)',
    'count(n)',
    'count(DISTINCT person_id) FILTER (WHERE q)',
  ]
  const labels = ['q', 'bucket(n, 0, 10, 1)', 'b', 'CASE WHEN d IS NULL THEN 1 END', 'month(d)']
  expect(
    await run(
      ['odd', 'odds'].flatMap((t) =>
        labels.map(
          (l) =>
            `SELECT ${l} AS l, ${measures.map((m, i) => `${m} AS m${i}`).join(', ')} FROM ${t} GROUP BY l`,
        ),
      ),
    ),
  ).toEqual([])
})
