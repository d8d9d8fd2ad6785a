import type { Scalar } from './ir.ts'
import type { Kind } from './types.ts'

/** DuckDB's spelling of the neutral calls. Every function is named with its catalogue, every identifier quoted. */

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const columnName = (id: number): string => quoted(`c${id}`)
export const fn = (name: string, ...args: readonly string[]): string =>
  `system.main.${quoted(name)}(${args.join(', ')})`

const sqlTypes: Readonly<Record<Kind, string>> = {
  person: 'INTEGER',
  integer: 'BIGINT',
  number: 'DOUBLE',
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  null: 'INTEGER',
}
export const sqlType = (kind: Kind): string => sqlTypes[kind]

export const textLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`

export function literalSql(s: Scalar & { op: 'literal' }): string {
  const { value } = s
  if (value === null) return `CAST(NULL AS ${sqlType(s.type.kind)})`
  switch (s.type.kind) {
    case 'integer':
      return `CAST(${value} AS BIGINT)`
    case 'number':
      return Number(value).toExponential()
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE'
    case 'date':
      return `CAST(${textLiteral(String(value))} AS DATE)`
    default:
      return textLiteral(String(value))
  }
}

/**
 * 0 and -0 are equal, and so are the two signs of not-a-number: which of them min, DISTINCT or a tie keeps depends on the
 * order that rows come in, and that on how many rows other people have (the engine builds a join on the smaller side). So
 * nothing may tell them apart: not a spelling, and not a power, which is infinite on the side of the sign.
 */
const unsigned = (x: string): string => `(${x} + 0e+0)`
export const spelled = (x: string): string =>
  `CASE WHEN ${fn('isnan', x)} THEN 'nan' ELSE TRY_CAST(${unsigned(x)} AS VARCHAR) END`

/** A day that the calendar functions take without an error. */
const inCalendar = (d: string): string =>
  `${d} BETWEEN CAST('1000-01-01' AS DATE) AND CAST('3000-12-31' AS DATE)`
const shift =
  (sign: '+' | '-', unit: 'to_days' | 'to_months') =>
  (d: string, n: string): string =>
    `CASE WHEN ${inCalendar(d)} THEN TRY_CAST((${d} ${sign} ${fn(unit, `TRY_CAST(${n} AS INTEGER)`)}) AS DATE) END`
const between =
  (name: string) =>
  (unit: string, a: string, b: string): string =>
    `CASE WHEN ${inCalendar(a)} AND ${inCalendar(b)} THEN ${fn(name, unit, a, b)} END`
const infix =
  (operator: string) =>
  (a: string, b: string): string =>
    `(${a} ${operator} ${b})`
const where = (test: (x: string) => string, name: string) => (x: string) =>
  `CASE WHEN ${test(x)} THEN ${fn(name, x)} END`
const positive = (x: string): string => `${x} > 0`

/** How a call is printed from its printed arguments. A name that is not here cannot be printed. */
export const calls: Readonly<Record<string, (...args: string[]) => string>> = {
  eq: infix('='),
  ne: infix('<>'),
  lt: infix('<'),
  le: infix('<='),
  gt: infix('>'),
  ge: infix('>='),
  distinct: infix('IS DISTINCT FROM'),
  'not-distinct': infix('IS NOT DISTINCT FROM'),
  // Sorted, so that the order of conditions makes no difference to the canonical text.
  and: (...args) => `(${args.toSorted().join(' AND ')})`,
  or: (...args) => `(${args.toSorted().join(' OR ')})`,
  not: (a) => `(NOT ${a})`,
  'is-null': (a) => `(${a} IS NULL)`,
  'is-not-null': (a) => `(${a} IS NOT NULL)`,
  in: (x, ...items) => `(${x} IN (${[...new Set(items)].toSorted().join(', ')}))`,
  coalesce: (...args) => `COALESCE(${args.join(', ')})`,
  add: infix('+'),
  subtract: infix('-'),
  multiply: infix('*'),
  divide: (a, b) => `CASE WHEN ${b} <> 0 THEN ${a} / ${b} END`,
  negate: (a) => `(- ${a})`,
  abs: (a) => fn('abs', a),
  quotient: infix('//'),
  rest: infix('%'),
  round: (a, digits) => fn('round', a, `CAST(${digits} AS INTEGER)`),
  floor: (a) => fn('floor', a),
  ceil: (a) => fn('ceil', a),
  sqrt: where((x) => `${x} >= 0`, 'sqrt'),
  ln: where(positive, 'ln'),
  log10: where(positive, 'log10'),
  log2: where(positive, 'log2'),
  exp: (a) => fn('exp', a),
  power: (a, b) => fn('pow', unsigned(a), b),
  least: (...args) => fn('least', ...args),
  greatest: (...args) => fn('greatest', ...args),
  // least and greatest skip NULL
  clamp: (x, lo, hi) =>
    `CASE WHEN ${x} IS NOT NULL THEN ${fn('least', fn('greatest', x, lo), hi)} END`,
  'bucket-whole': (x, lo, hi, step) =>
    `CASE WHEN ${x} >= ${lo} AND ${x} < ${hi} THEN ${x} - (${x} - ${lo}) % ${step} END`,
  bucket: (x, lo, step, count) => {
    const cell = fn('floor', `(${x} - ${lo}) / ${step}`)
    return `CASE WHEN ${cell} BETWEEN 0 AND ${count} - 1 THEN ${lo} + ${cell} * ${step} END`
  },
  lower: (s) => fn('lower', s),
  upper: (s) => fn('upper', s),
  trim: (s) => fn('trim', s),
  length: (s) => fn('length', s),
  left: (s, n) => fn('left', s, n),
  right: (s, n) => fn('right', s, n),
  substring: (s, from, n) => fn('substring', s, from, n),
  concat: (a, b) => fn('left', `(${a} || ${b})`, '1000'),
  starts_with: (s, part) => fn('starts_with', s, part),
  ends_with: (s, part) => fn('suffix', s, part),
  contains: (s, part) => fn('contains', s, part),
  like: infix('LIKE'),
  ilike: infix('ILIKE'),
  part: (name, d) => `CASE WHEN ${inCalendar(d)} THEN ${fn('date_part', name, d)} END`,
  date_diff: between('date_diff'),
  date_sub: between('date_sub'),
  // 1,572 months are 131 years
  age: (a, b) =>
    `CASE WHEN ${inCalendar(a)} AND ${inCalendar(b)} AND ${b} >= ${a} AND ${b} < ${a} + ${fn('to_months', '1572')} THEN ${fn('date_sub', "'year'", a, b)} END`,
  trunc: (unit, d) =>
    `CASE WHEN ${inCalendar(d)} THEN TRY_CAST(${fn('date_trunc', unit, d)} AS DATE) END`,
  // a day of the calendar reads YYYY-MM-DD
  written: (d, length) =>
    `CASE WHEN ${inCalendar(d)} THEN ${fn('left', `CAST(${d} AS VARCHAR)`, length)} END`,
  'add-days': shift('+', 'to_days'),
  'add-months': shift('+', 'to_months'),
  'subtract-days': shift('-', 'to_days'),
  'subtract-months': shift('-', 'to_months'),
}

/** Names a bound plan of our printing may hold, besides operators. */
export const functionsInPlan: ReadonlySet<string> = new Set([
  ...[
    '+',
    '-',
    '*',
    '/',
    '//',
    '%',
    '||',
    'concat',
    'abs',
    'round',
    'floor',
    'ceil',
    'sqrt',
    'ln',
    'log10',
    'log2',
  ],
  ...[
    'exp',
    'pow',
    'least',
    'greatest',
    'lower',
    'upper',
    'trim',
    'length',
    'left',
    'right',
    'substring',
    'starts_with',
  ],
  ...[
    'prefix',
    'suffix',
    'contains',
    '~~',
    '~~*',
    'like_escape',
    'ilike_escape',
    'date_part',
    'datepart',
    'date_diff',
    'date_sub',
  ],
  // The numbering of cells and the bits of a person (grid.ts).
  ...['list_position', 'list_value', 'bit_count', '<<', '&'],
  ...['datesub', 'datediff', 'date_trunc', 'to_days', 'to_months', 'hash', 'isnan', 'isfinite'],
])
export const aggregatesInPlan: ReadonlySet<string> = new Set([
  ...[
    'count_star',
    'count',
    'sum',
    'sum_no_overflow',
    'min',
    'max',
    'bool_or',
    'bool_and',
    'bit_or',
    'median',
    'first',
    'avg',
  ],
])
