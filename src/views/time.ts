import { cast } from './sql.ts'

/**
 * Dates and dateTimes as the interval of instants that they cover, in milliseconds UTC. A date without a zone is
 * read as UTC. FHIRPath N1 6.1.1 and 6.2: values of unlike precision compare only where one lies wholly before
 * the other; otherwise the answer is empty.
 */
const withZone = (x: string): string =>
  `CASE WHEN length(${x}) = 4 THEN ${x} || '-01-01T00:00:00Z' WHEN length(${x}) = 7 THEN ${x} || '-01T00:00:00Z' WHEN length(${x}) = 10 THEN ${x} || 'T00:00:00Z' WHEN regexp_matches(${x}, 'T.*(Z|[+-][0-9]{2}:[0-9]{2})$') THEN ${x} WHEN contains(${x}, 'T') THEN ${x} || 'Z' END`

const start = (x: string): string => `TRY_CAST(${withZone(x)} AS TIMESTAMPTZ)`
const low = (x: string): string => `epoch_ms(${start(x)})`

/** Exclusive end. Shifted as TIMESTAMP, because calendar steps must not depend on the session's zone. */
function high(x: string): string {
  const utc = `make_timestamp(${low(x)} * 1000)`
  const step = `CASE length(${x}) WHEN 4 THEN INTERVAL 1 YEAR WHEN 7 THEN INTERVAL 1 MONTH WHEN 10 THEN INTERVAL 1 DAY ELSE INTERVAL 1 MILLISECOND END`
  return `epoch_ms(${utc} + ${step})`
}
const precision = (x: string): string => `least(length(${x}), 11)`

export type Comparison = '=' | '<' | '>' | '<=' | '>='

/** Compares two texts of date, dateTime or instant; NULL where the precision does not decide. */
export function compareDates(op: Comparison, a: string, b: string): string {
  if (op === '>' || op === '>=') return compareDates(op === '>' ? '<' : '<=', b, a)
  const same = `${precision(a)} = ${precision(b)}`
  const before = `${high(a)} <= ${low(b)}`
  const after = `${low(a)} >= ${high(b)}`
  const apart =
    op === '='
      ? `WHEN ${before} OR ${after} THEN FALSE`
      : `WHEN ${before} THEN TRUE WHEN ${after} THEN FALSE`
  return `(CASE WHEN ${same} THEN ${low(a)} ${op} ${low(b)} ${apart} END)`
}

export const compareTimes = (op: Comparison, a: string, b: string): string =>
  `(TRY_CAST(${a} AS TIME) ${op} TRY_CAST(${b} AS TIME))`

const day = (x: string, end: boolean): string =>
  end
    ? `CASE length(${x}) WHEN 4 THEN ${x} || '-12-31' WHEN 7 THEN strftime(last_day(TRY_CAST(${x} || '-01' AS DATE)), '%Y-%m-%d') WHEN 10 THEN ${x} END`
    : `CASE length(${x}) WHEN 4 THEN ${x} || '-01-01' WHEN 7 THEN ${x} || '-01' WHEN 10 THEN ${x} END`

/** FHIRPath lowBoundary and highBoundary, at the greatest precision of the type; zones widen to +14:00 and -12:00. */
export function dateBoundary(x: string, end: boolean): string {
  return day(x, end)
}

export function dateTimeBoundary(x: string, end: boolean): string {
  const zone = end ? '-12:00' : '+14:00'
  const clock = end ? 'T23:59:59.999' : 'T00:00:00.000'
  const whole = `regexp_replace(regexp_replace(${x}, '(:[0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?$', '\\1.${end ? '999' : '000'}\\2'), '(T[0-9:.]+)$', '\\1${zone}')`
  return `CASE WHEN length(${x}) <= 10 THEN ${day(x, end)} || '${clock}${zone}' ELSE ${whole} END`
}

export const timeBoundary = (x: string, end: boolean): string =>
  `regexp_replace(${x}, '^([0-9]{2}:[0-9]{2}:[0-9]{2})$', '\\1.${end ? '999' : '000'}')`

/**
 * Half a unit of the last written digit below or above; `x` is the decimal's text. The JSON reader keeps 1.0 but
 * writes 1.50 as 1.5 and a large number with an exponent, whose precision is then unknown: that raises the alarm.
 */
export function decimalBoundary(x: string, end: boolean, alarm: string): string {
  const fraction = `length(regexp_extract(${x}, '[.]([0-9]+)', 1))`
  const shift = `coalesce(TRY_CAST(regexp_extract(${x}, 'e-([0-9]+)$', 1) AS INTEGER), 0)`
  const half = `CAST('0.' || repeat('0', ${fraction} + ${shift}) || '5' AS DECIMAL(38, 18))`
  const exact = `TRY_CAST(${x} AS DECIMAL(38, 18))`
  const unknown = `${exact} IS NULL OR regexp_matches(${x}, 'e[+]?[0-9]') OR ${fraction} + ${shift} > 17`
  return `CASE WHEN ${x} IS NOT NULL THEN CASE WHEN ${unknown} THEN ${alarm} ELSE ${cast(`${exact} ${end ? '+' : '-'} ${half}`, 'DOUBLE')} END END`
}
