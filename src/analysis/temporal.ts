import type { Cell } from '../domain/glass.ts'
import type { Scalar } from './ir.ts'
import { extremeRange } from './numeric.ts'
import { refuse } from './rules.ts'
import { call, cast, compare, constantText, literal, logic, number, temporal } from './scalars.ts'
import { isoDay, MAX_VALUES, plain, type Range, ranged, type Type } from './types.ts'

/** Functions of dates. A date that is infinite or out of the calendar gives NULL, never an error. */

export const parts = ['year', 'quarter', 'month', 'week', 'day', 'isodow'] as const
export type DatePart = (typeof parts)[number]
const partBounds: Readonly<Record<Exclude<DatePart, 'year'>, readonly [number, number]>> = {
  quarter: [1, 4],
  month: [1, 12],
  week: [1, 53],
  day: [1, 31],
  isodow: [1, 7],
}
const yearOf = (day: number): number => new Date(day * 86_400_000).getUTCFullYear()

export function part(name: DatePart, arg: Scalar, at: string): Scalar {
  const d = temporal(arg)
  if (name !== 'year')
    return call('part', [textArg(name, at), d], ranged('integer', ...partBounds[name], true), at)
  const { range } = d.type
  const type = range
    ? ranged('integer', yearOf(range.lo), yearOf(range.hi), true)
    : plain('integer')
  return call('part', [textArg(name, at), d], type, at)
}

const textArg = (value: string, at: string): Scalar => ({
  op: 'literal',
  value,
  type: { kind: 'text', nullable: false, values: [value] },
  at,
  constant: true,
})

export function unitOf(arg: Scalar | undefined, at: string, units: readonly string[]): string {
  const raw = constantText(arg)?.toLowerCase().replace(/s$/, '')
  const unit = raw === 'dow' || raw === 'dayofweek' ? 'isodow' : raw
  if (unit === undefined || !units.includes(unit))
    refuse('argument-constant', arg?.at ?? at, {
      reason: `The unit must be one of ${units.join(', ')}.`,
    })
  return unit
}

/** Days of the shortest and of the longest period. */
const daysPer: Readonly<Record<string, readonly [number, number]>> = {
  day: [1, 1],
  week: [7, 7],
  month: [28, 31],
  quarter: [90, 92],
  year: [365, 366],
}

/** `date_diff` counts boundaries crossed, `date_sub` whole periods completed; both from the first to the second. */
export function difference(
  name: 'date_diff' | 'date_sub',
  args: readonly Scalar[],
  at: string,
): Scalar {
  if (args.length !== 3) refuse('function-arguments', at)
  const unit = unitOf(args[0], at, Object.keys(daysPer))
  const [from, to] = args.slice(1).map((a) => cast(temporal(a), 'date')) as [Scalar, Scalar]
  const [short, long] = daysPer[unit] ?? [1, 1]
  const [a, b] = [from.type.range, to.type.range]
  const [least, most] = a && b ? [b.lo - a.hi, b.hi - a.lo] : [0, 0]
  const type =
    a && b
      ? ranged(
          'integer',
          Math.floor(least / (least < 0 ? short : long)) - 1,
          Math.ceil(most / (most < 0 ? long : short)) + 1,
          true,
        )
      : plain('integer')
  return call(name, [textArg(unit, at), from, to], type, at)
}

/** Completed years at a date; NULL below 0 and above 130. */
export function ageAt(args: readonly Scalar[], at: string): Scalar {
  const [birth, when] = args
  if (birth === undefined || when === undefined || args.length !== 2)
    refuse('function-arguments', at)
  const [b, w] = [cast(temporal(birth), 'date'), cast(temporal(when), 'date')]
  const years = (days: number): number => Math.min(130, Math.max(0, Math.floor(days / 365.25) + 1))
  const [x, y] = [b.type.range, w.type.range]
  const range: Range =
    x && y
      ? { lo: Math.max(0, years(y.lo - x.hi) - 2), hi: years(y.hi - x.lo) }
      : { lo: 0, hi: 130 }
  return call('age', [b, w], { kind: 'integer', nullable: true, range }, at)
}

const formats: Readonly<Record<string, number>> = { '%Y': 4, '%Y-%m': 7, '%Y-%m-%d': 10 }

/** `strftime(d, '%Y-%m')`: the year, the month or the day as text; a closed label where the date has bounds. */
export function written(args: readonly Scalar[], at: string): Scalar {
  const [date, format] = args
  if (date === undefined || format === undefined || args.length !== 2)
    refuse('function-arguments', at)
  const length = formats[constantText(format) ?? '']
  if (length === undefined)
    refuse('argument-constant', format.at, {
      reason: "The format must be '%Y', '%Y-%m' or '%Y-%m-%d'.",
    })
  const d = cast(temporal(date), 'date')
  const size: Scalar = literal(length, 'integer', at)
  const unit = length === 4 ? 'year' : length === 7 ? 'month' : 'day'
  const { values } = truncatedType(unit, d.type.range)
  const texts = values && [...new Set(values.map((v) => String(v).slice(0, length)))]
  return call(
    'written',
    [d, size],
    { kind: 'text', nullable: true, ...(texts && { values: texts }) },
    at,
  )
}

/** The first day of the period; a closed label where the date has bounds. */
export function truncated(args: readonly Scalar[], at: string): Scalar {
  if (args.length !== 2) refuse('function-arguments', at)
  const unit = unitOf(args[0], at, ['year', 'quarter', 'month', 'week', 'day'])
  const d = cast(temporal(args[1] as Scalar), 'date')
  return call('trunc', [textArg(unit, at), d], truncatedType(unit, d.type.range), at)
}

function truncatedType(unit: string, range: Range | undefined): Type {
  if (range === undefined) return plain('date')
  const values = new Set<Cell>()
  for (
    let day = floorTo(unit, range.lo);
    day <= range.hi;
    day = floorTo(unit, day + stepOver(unit))
  ) {
    values.add(isoDay(day))
    if (values.size > MAX_VALUES) return ranged('date', range.lo - 366, range.hi, true)
  }
  return {
    kind: 'date',
    nullable: true,
    range: { lo: range.lo - 366, hi: range.hi },
    values: [...values],
  }
}
/** More days than a period has, fewer than two. */
const stepOver = (unit: string): number =>
  ({ year: 366, quarter: 92, month: 31, week: 7 })[unit] ?? 1

function floorTo(unit: string, day: number): number {
  const d = new Date(day * 86_400_000)
  const first = (month: number): number => Date.UTC(d.getUTCFullYear(), month, 1) / 86_400_000
  switch (unit) {
    case 'year':
      return first(0)
    case 'quarter':
      return first(Math.floor(d.getUTCMonth() / 3) * 3)
    case 'month':
      return first(d.getUTCMonth())
    case 'week':
      return day - ((((day + 3) % 7) + 7) % 7)
    default:
      return day
  }
}

/** `d + INTERVAL n unit` with a bound on n; NULL where the day would leave the calendar. */
export function shifted(
  d: Scalar,
  n: Scalar,
  unit: 'day' | 'month',
  sign: 1 | -1,
  at: string,
): Scalar {
  const date = cast(temporal(d), 'date')
  const count = number(n)
  const { range } = count.type
  const most = unit === 'day' ? 200_000 : 6_000
  if (count.type.kind !== 'integer' || range === undefined || range.lo < -most || range.hi > most)
    refuse('argument-constant', n.at, {
      reason: 'The length of an interval must be a whole number with static bounds.',
      fix: 'Write a literal, or clamp it.',
    })
  const days = unit === 'day' ? 1 : 31
  const [a, b] = [sign * range.lo * days, sign * range.hi * days]
  const of = date.type.range
  const type = of
    ? ranged('date', of.lo + Math.min(a, b, 0) - 3, of.hi + Math.max(a, b, 0) + 3, true)
    : plain('date')
  return call(sign === 1 ? `add-${unit}s` : `subtract-${unit}s`, [date, count], type, at)
}

/** least and greatest of dates. */
export function extreme(name: 'least' | 'greatest', args: readonly Scalar[], at: string): Scalar {
  const ready = args.map((a) => cast(temporal(a), 'date'))
  const range = extremeRange(name, ready)
  const nullable = ready.every((a) => a.type.nullable)
  return call(name, ready, { kind: 'date', nullable, ...(range && { range }) }, at)
}

/** `between_dates(d, from, to)`: both days included. */
export function betweenDates(args: readonly Scalar[], at: string): Scalar {
  const [d, from, to] = args
  if (d === undefined || from === undefined || to === undefined || args.length !== 3)
    refuse('function-arguments', at)
  const day = cast(temporal(d), 'date')
  return logic(
    'and',
    [compare('ge', day, temporal(from), at), compare('le', day, temporal(to), at)],
    at,
  )
}
