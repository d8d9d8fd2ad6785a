import type { Scalar } from './ir.ts'
import * as numeric from './numeric.ts'
import { refuse } from './rules.ts'
import {
  cast,
  coalesce,
  compare,
  constantText,
  literal,
  logic,
  not,
  oneOf,
  text,
} from './scalars.ts'
import * as temporal from './temporal.ts'
import * as textual from './textual.ts'

type Arguments = readonly Scalar[]
/** What a call of a code list needs: its codes, or undefined when there is no such list. */
export type Codelists = (name: string) => readonly string[] | undefined

export type FunctionRule = Readonly<{
  /** As a researcher writes it; the first form is the one in docs/sql.md. */
  form: string
  /** Why it is total (never raises, never grows without bound) and deterministic. */
  total: string
  make(args: Arguments, at: string, codelists: Codelists): Scalar
}>

const FLOAT = 'floating point does not overflow; whole numbers are used only within 2^53'
const TEXT = 'defined for every text; the result is no longer than its input'
const DATES = 'defined for every date; an infinite or missing one gives NULL'

/** `a` and `b` of a call that takes exactly two. */
const two =
  (f: (a: Scalar, b: Scalar, at: string) => Scalar) =>
  (args: Arguments, at: string): Scalar => {
    const [a, b] = args
    if (a === undefined || b === undefined || args.length !== 2) refuse('function-arguments', at)
    return f(a, b, at)
  }
const one =
  (f: (a: Scalar, at: string) => Scalar) =>
  (args: Arguments, at: string): Scalar => {
    const [a] = args
    if (a === undefined || args.length !== 1) refuse('function-arguments', at)
    return f(a, at)
  }
const some =
  (f: (args: Arguments, at: string) => Scalar) =>
  (args: Arguments, at: string): Scalar => {
    if (args.length === 0 || args.length > 50) refuse('function-arguments', at)
    return f(args, at)
  }

const interval = (s: Scalar): Readonly<{ n: Scalar; unit: 'day' | 'month' }> | undefined =>
  s.op === 'call' && (s.name === 'interval-days' || s.name === 'interval-months')
    ? { n: s.args[0] as Scalar, unit: s.name === 'interval-days' ? 'day' : 'month' }
    : undefined

const isDate = (s: Scalar): boolean => s.type.kind === 'date' || s.type.kind === 'timestamp'

function plusOrMinus(sign: 1 | -1) {
  return (args: Arguments, at: string): Scalar => {
    const [a, b] = args
    if (a !== undefined && b === undefined) return sign === 1 ? a : numeric.negate(a, at)
    if (a === undefined || b === undefined || args.length !== 2) refuse('function-arguments', at)
    const span = interval(b)
    if (span !== undefined) return temporal.shifted(a, span.n, span.unit, sign, at)
    if (isDate(a) && isDate(b) && sign === -1)
      return temporal.difference('date_diff', [literal('day', 'text', at), b, a], at)
    if (isDate(a)) return temporal.shifted(a, b, 'day', sign, at)
    return sign === 1 ? numeric.add(a, b, at) : numeric.subtract(a, b, at)
  }
}

const extreme =
  (name: 'least' | 'greatest') =>
  (args: Arguments, at: string): Scalar =>
    args.some(isDate) ? temporal.extreme(name, args, at) : numeric.extreme(name, args, at)

/** The pieces of `INTERVAL n unit`; they stand only beside a date and `+` or `-`. */
const span = (unit: 'interval-days' | 'interval-months', times: number) =>
  one((n, at) => ({
    op: 'call',
    name: unit,
    args: [times === 1 ? n : numeric.multiply(n, literal(times, 'integer', at), at)],
    type: { kind: 'null', nullable: false },
    at,
    constant: false,
  }))

function inCodelist(args: Arguments, at: string, codelists: Codelists): Scalar {
  const [code, ...lists] = args
  if (code === undefined || lists.length === 0) refuse('function-arguments', at)
  const codes = lists.flatMap((list) => {
    const written = constantText(list)
    if (written === undefined) refuse('argument-constant', list.at)
    // A name of a list, or a code; `E11*` is every code that begins so.
    return (
      codelists(written) ??
      (/[*.0-9]/.test(written) ? [written] : refuse('codelist-unknown', list.at))
    )
  })
  const exact = codes.filter((c) => !c.endsWith('*')).map((c) => literal(c, 'text', at))
  const begins = codes
    .filter((c) => c.endsWith('*'))
    .map((c) => textual.matches('starts_with', [code, literal(c.slice(0, -1), 'text', at)], at))
  const tests = exact.length > 0 ? [oneOf(text(code), exact, at), ...begins] : begins
  return logic('or', tests, at)
}

const rule = (form: string, total: string, make: FunctionRule['make']): FunctionRule => ({
  form,
  total,
  make,
})

const like = (negated: boolean, insensitive: boolean) =>
  two((s, pattern, at) => {
    const found = textual.like(insensitive, s, pattern, at)
    return negated ? not(found, at) : found
  })

const datePart = (name: temporal.DatePart, form: string): FunctionRule =>
  rule(
    form,
    DATES,
    one((d, at) => temporal.part(name, d, at)),
  )

const fromUnit: FunctionRule['make'] = two((unit, d, at) =>
  temporal.part(temporal.unitOf(unit, at, temporal.parts) as temporal.DatePart, d, at),
)
const first = rule(
  'substring(s, from, n)',
  'constants from 0 to 1,000, inside what the engine takes',
  (args, at) => textual.slice('substring', args, at),
)
const ln = rule(
  'ln(x)',
  'NULL where x is not positive',
  one((x, at) => numeric.logarithm('ln', x, at)),
)
const power = rule('power(x, y)', FLOAT, two(numeric.power))
const ends = rule('ends_with(s, part)', TEXT, (args, at) => textual.matches('ends_with', args, at))
const starts = rule('starts_with(s, part)', TEXT, (args, at) =>
  textual.matches('starts_with', args, at),
)
const less = rule('date_sub(unit, from, to)', DATES, (args, at) =>
  temporal.difference('date_sub', args, at),
)
const crossed = rule('date_diff(unit, from, to)', DATES, (args, at) =>
  temporal.difference('date_diff', args, at),
)
const lower = rule(
  'lower(s)',
  TEXT,
  one((s, at) => textual.changeCase('lower', s, at)),
)
const upper = rule(
  'upper(s)',
  TEXT,
  one((s, at) => textual.changeCase('upper', s, at)),
)
const length = rule('length(s)', TEXT, one(textual.textLength))
const ceil = rule(
  'ceil(x)',
  FLOAT,
  one((x, at) => numeric.rounding('ceil', x, undefined, at)),
)
const trunc = rule('date_trunc(unit, d)', DATES, temporal.truncated)

/** Every scalar function that may be called. A name that is not here is refused. */
export const functions: Readonly<Record<string, FunctionRule>> = {
  // helpers of ours
  clamp: rule('clamp(x, lo, hi)', 'constant bounds; gives a sum its static bound', numeric.clamp),
  bucket: rule(
    'bucket(x, lo, hi, step)',
    'constant grid of at most 1,000 cells; NULL outside it',
    numeric.bucket,
  ),
  age_at: rule(
    'age_at(birth_date, d)',
    'completed years; NULL below 0 and above 130',
    temporal.ageAt,
  ),
  between_dates: rule('between_dates(d, from, to)', 'a comparison', temporal.betweenDates),
  codelist: rule("codelist(code, 'name or code', ...)", 'a comparison with constants', inCodelist),
  // numbers
  '+': rule('x + y, d + n, d + INTERVAL n unit', FLOAT, plusOrMinus(1)),
  '-': rule('x - y, d - n, d - INTERVAL n unit, d - d', FLOAT, plusOrMinus(-1)),
  '*': rule('x * y', FLOAT, two(numeric.multiply)),
  '/': rule('x / y', 'floating point; NULL where y is 0', two(numeric.divide)),
  '//': rule(
    'x // n',
    'bounded whole number by a positive constant',
    two((a, b, at) => numeric.quotient('quotient', a, b, at)),
  ),
  '%': rule(
    'x % n',
    'bounded whole number by a positive constant',
    two((a, b, at) => numeric.quotient('rest', a, b, at)),
  ),
  abs: rule('abs(x)', FLOAT, one(numeric.absolute)),
  round: rule('round(x, digits)', FLOAT, (args, at) => {
    const [x, digits] = args
    if (x === undefined || args.length > 2) refuse('function-arguments', at)
    return numeric.rounding('round', x, digits, at)
  }),
  floor: rule(
    'floor(x)',
    FLOAT,
    one((x, at) => numeric.rounding('floor', x, undefined, at)),
  ),
  ceil,
  ceiling: ceil,
  sqrt: rule('sqrt(x)', 'NULL where x is negative', one(numeric.root)),
  ln,
  log10: rule(
    'log10(x)',
    'NULL where x is not positive',
    one((x, at) => numeric.logarithm('log10', x, at)),
  ),
  log2: rule(
    'log2(x)',
    'NULL where x is not positive',
    one((x, at) => numeric.logarithm('log2', x, at)),
  ),
  exp: rule('exp(x)', FLOAT, one(numeric.exponential)),
  power,
  pow: power,
  '**': power,
  '^': power,
  least: rule('least(x, y, ...)', 'a comparison', some(extreme('least'))),
  greatest: rule('greatest(x, y, ...)', 'a comparison', some(extreme('greatest'))),
  // choice
  nullif: rule(
    'nullif(x, y)',
    'a comparison',
    two((a, b, at) => numeric.nullIf(a, compare('eq', a, b, at), at)),
  ),
  ifnull: rule(
    'ifnull(x, y)',
    'a choice',
    two((a, b, at) => coalesce([a, b], at)),
  ),
  // text
  '~~': rule("s LIKE 'pattern'", 'constant pattern, at most 4 signs %', like(false, false)),
  '!~~': rule("s NOT LIKE 'pattern'", 'constant pattern, at most 4 signs %', like(true, false)),
  '~~*': rule("s ILIKE 'pattern'", 'constant pattern, at most 4 signs %', like(false, true)),
  '!~~*': rule("s NOT ILIKE 'pattern'", 'constant pattern, at most 4 signs %', like(true, true)),
  starts_with: starts,
  prefix: starts,
  '^@': starts,
  ends_with: ends,
  suffix: ends,
  contains: rule('contains(s, part)', TEXT, (args, at) => textual.matches('contains', args, at)),
  lower,
  lcase: lower,
  upper,
  ucase: upper,
  trim: rule('trim(s)', TEXT, one(textual.trimmed)),
  length,
  len: length,
  char_length: length,
  left: rule('left(s, n)', 'constant from 0 to 1,000', (args, at) =>
    textual.slice('left', args, at),
  ),
  right: rule('right(s, n)', 'constant from 0 to 1,000', (args, at) =>
    textual.slice('right', args, at),
  ),
  substring: first,
  substr: first,
  '||': rule(
    's || t',
    'cut at 1,000 characters',
    two((a, b, at) => textual.concat([a, b], at)),
  ),
  // dates
  year: datePart('year', 'year(d)'),
  quarter: datePart('quarter', 'quarter(d)'),
  month: datePart('month', 'month(d)'),
  week: datePart('week', 'week(d)'),
  day: datePart('day', 'day(d)'),
  isodow: datePart('isodow', 'isodow(d)'),
  date_part: rule('extract(unit FROM d)', DATES, fromUnit),
  datepart: rule('extract(unit FROM d)', DATES, fromUnit),
  date_diff: crossed,
  datediff: crossed,
  date_sub: less,
  datesub: less,
  strftime: rule("strftime(d, '%Y-%m')", 'a part of the day as YYYY-MM-DD', temporal.written),
  date_trunc: trunc,
  datetrunc: trunc,
  to_days: rule('INTERVAL n DAYS', 'bounded whole number', span('interval-days', 1)),
  to_weeks: rule('INTERVAL n WEEKS', 'bounded whole number', span('interval-days', 7)),
  to_months: rule('INTERVAL n MONTHS', 'bounded whole number', span('interval-months', 1)),
  to_quarters: rule('INTERVAL n QUARTERS', 'bounded whole number', span('interval-months', 3)),
  to_years: rule('INTERVAL n YEARS', 'bounded whole number', span('interval-months', 12)),
  // DuckDB writes INTERVAL n unit with a trunc of its own around n
  trunc: rule(
    'trunc(x)',
    FLOAT,
    one((x) => (x.type.kind === 'integer' ? x : cast(x, 'integer'))),
  ),
}
