import type { Scalar } from './ir.ts'
import { refuse } from './rules.ts'
import { call, caseOf, cast, constantNumber, literal, number } from './scalars.ts'
import { EXACT, type Range, ranged, type Type } from './types.ts'

/**
 * Arithmetic that cannot fail. Whole numbers stay whole while the bounds show that they stay below 2^53; otherwise the
 * operation is in floating point, which does not overflow. Bounds follow interval arithmetic (Moore 1966).
 */

type Intervals = (...args: readonly Range[]) => Range | undefined

const corners =
  (f: (x: number, y: number) => number) =>
  (a: Range, b: Range): Range | undefined => {
    const all = [f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi)]
    return all.every(Number.isFinite) ? { lo: Math.min(...all), hi: Math.max(...all) } : undefined
  }

const fits = (range: Range | undefined): range is Range =>
  range !== undefined && Math.abs(range.lo) <= EXACT && Math.abs(range.hi) <= EXACT

const nullable = (args: readonly Scalar[]): boolean => args.some((a) => a.type.nullable)

/** Bounds of a floating-point result, widened by what rounding can add. */
const widened = ({ lo, hi }: Range): Range => ({
  lo: lo - Math.abs(lo) * 1e-12,
  hi: hi + Math.abs(hi) * 1e-12,
})

function result(kind: 'integer' | 'number', range: Range | undefined, canBeNull: boolean): Type {
  if (range === undefined) return { kind, nullable: canBeNull }
  const { lo, hi } = kind === 'number' ? widened(range) : range
  return ranged(kind, lo, hi, canBeNull)
}

function bounds(args: readonly Scalar[], of: Intervals): Range | undefined {
  const ranges = args.map((a) => a.type.range)
  return ranges.every((r) => r !== undefined) ? of(...(ranges as Range[])) : undefined
}

/** Whole where every argument is whole and the result fits, else floating point. */
function whole(name: string, args: readonly Scalar[], of: Intervals, at: string): Scalar {
  const ready = args.map(number)
  const range = bounds(ready, of)
  const integer = ready.every((a) => a.type.kind === 'integer') && fits(range)
  if (integer) return call(name, ready, result('integer', range, nullable(ready)), at)
  return call(
    name,
    ready.map((a) => cast(a, 'number')),
    result('number', range, nullable(ready)),
    at,
  )
}

const real = (
  name: string,
  args: readonly Scalar[],
  of: Intervals,
  at: string,
  partial = false,
): Scalar => {
  const ready = args.map((a) => cast(number(a), 'number'))
  return call(name, ready, result('number', bounds(ready, of), partial || nullable(ready)), at)
}

const sum: Intervals = (a, b) => a && b && { lo: a.lo + b.lo, hi: a.hi + b.hi }
const difference: Intervals = (a, b) => a && b && { lo: a.lo - b.hi, hi: a.hi - b.lo }
const unbounded: Intervals = () => undefined

export const add = (a: Scalar, b: Scalar, at: string): Scalar => whole('add', [a, b], sum, at)
export const subtract = (a: Scalar, b: Scalar, at: string): Scalar =>
  whole('subtract', [a, b], difference, at)
export const multiply = (a: Scalar, b: Scalar, at: string): Scalar =>
  whole('multiply', [a, b], (x, y) => x && y && corners((p, q) => p * q)(x, y), at)

/** Division by zero is NULL here, so that a bound stays a bound. */
export const divide = (a: Scalar, b: Scalar, at: string): Scalar =>
  real(
    'divide',
    [a, b],
    (x, y) => (x && y && (y.lo > 0 || y.hi < 0) ? corners((p, q) => p / q)(x, y) : undefined),
    at,
    true,
  )

export const negate = (a: Scalar, at: string): Scalar =>
  whole('negate', [a], (x) => x && { lo: -x.hi, hi: -x.lo }, at)

const magnitude: Intervals = (x) =>
  x && {
    lo: x.lo > 0 ? x.lo : x.hi < 0 ? -x.hi : 0,
    hi: Math.max(Math.abs(x.lo), Math.abs(x.hi)),
  }
export const absolute = (a: Scalar, at: string): Scalar => whole('abs', [a], magnitude, at)

/** Whole-number quotient and rest by a constant that is not zero. */
export function quotient(name: 'quotient' | 'rest', a: Scalar, b: Scalar, at: string): Scalar {
  const by = constantNumber(b)
  const whole = number(a)
  if (by === undefined || !Number.isInteger(by) || by <= 0) refuse('argument-constant', b.at)
  if (whole.type.kind !== 'integer' || !fits(whole.type.range))
    refuse('types-differ', a.at, {
      reason: 'A whole number with static bounds is needed here.',
      fix: 'Cast and clamp it: clamp(x::INTEGER, lo, hi).',
    })
  const { lo, hi } = whole.type.range
  const range =
    name === 'rest'
      ? { lo: lo < 0 ? 1 - by : 0, hi: hi > 0 ? by - 1 : 0 }
      : { lo: Math.floor(lo / by), hi: Math.ceil(hi / by) }
  return call(name, [whole, b], result('integer', range, whole.type.nullable), at)
}

/** round, floor, ceil: to whole numbers where the bounds fit them; to `digits` decimals in floating point. */
export function rounding(
  name: 'round' | 'floor' | 'ceil',
  a: Scalar,
  digits: Scalar | undefined,
  at: string,
): Scalar {
  const places = digits === undefined ? 0 : constantNumber(digits)
  if (places === undefined || !Number.isInteger(places) || places < -9 || places > 9)
    refuse('argument-constant', digits?.at ?? at)
  const x = number(a)
  if (x.type.kind === 'integer' && places >= 0) return x
  const step = 10 ** -places
  const near: Intervals = (r) =>
    r && { lo: Math.floor(r.lo / step) * step, hi: Math.ceil(r.hi / step) * step }
  const rounded = real(name, [x, literal(places, 'integer', at)], (r) => near(r as Range), at)
  return places <= 0 && fits(rounded.type.range) ? cast(rounded, 'integer') : rounded
}

/** Functions with a hole in their domain answer NULL there instead of an error. */
export const root = (a: Scalar, at: string): Scalar =>
  real(
    'sqrt',
    [a],
    (x) => x && { lo: Math.sqrt(Math.max(0, x.lo)), hi: Math.sqrt(Math.max(0, x.hi)) },
    at,
    true,
  )
export const logarithm = (name: 'ln' | 'log10' | 'log2', a: Scalar, at: string): Scalar =>
  real(name, [a], unbounded, at, true)
export const exponential = (a: Scalar, at: string): Scalar =>
  real('exp', [a], (x) => x && { lo: Math.exp(x.lo), hi: Math.exp(x.hi) }, at)
export const power = (a: Scalar, b: Scalar, at: string): Scalar =>
  real('power', [a, b], unbounded, at, true)

/** least and greatest skip NULL, as DuckDB and PostgreSQL do. */
export function extreme(name: 'least' | 'greatest', args: readonly Scalar[], at: string): Scalar {
  const made = whole(name, args, () => extremeRange(name, args), at)
  const range = made.op === 'call' ? extremeRange(name, made.args) : undefined
  const nullable = args.every((a) => a.type.nullable)
  return { ...made, type: { kind: made.type.kind, nullable, ...(range && { range }) } }
}

/**
 * Any argument may be the one that is left when the others are NULL, so the result lies within all bounds; and the least
 * is at most every argument that is never NULL, the greatest at least.
 */
export function extremeRange(
  name: 'least' | 'greatest',
  args: readonly Scalar[],
): Range | undefined {
  const ranges = args.flatMap((a) => a.type.range ?? [])
  if (ranges.length < args.length) return undefined
  const sure = args.flatMap((a) => (a.type.nullable || !a.type.range ? [] : [a.type.range]))
  const [lo, hi] = [Math.min(...ranges.map((r) => r.lo)), Math.max(...ranges.map((r) => r.hi))]
  return name === 'least'
    ? { lo, hi: Math.min(hi, ...sure.map((r) => r.hi)) }
    : { lo: Math.max(lo, ...sure.map((r) => r.lo)), hi }
}

/** `clamp(x, lo, hi)`: the bound that a sum needs. NULL stays NULL; not-a-number counts as hi, being the greatest. */
export function clamp(args: readonly Scalar[], at: string): Scalar {
  const [x, low, high] = args
  const [lo, hi] = [constantNumber(low), constantNumber(high)]
  if (x === undefined || args.length !== 3) refuse('function-arguments', at)
  if (lo === undefined || hi === undefined || lo > hi) refuse('argument-constant', at)
  const value = number(x)
  const integer = value.type.kind === 'integer' && Number.isInteger(lo) && Number.isInteger(hi)
  const kind = integer ? 'integer' : 'number'
  const old = value.type.range
  const inside = (v: number): number => Math.min(hi, Math.max(lo, v))
  const range = old === undefined ? { lo, hi } : { lo: inside(old.lo), hi: inside(old.hi) }
  const bound = (v: number): Scalar => literal(v, kind, at)
  return call(
    'clamp',
    [cast(value, kind), bound(lo), bound(hi)],
    { kind, nullable: true, range },
    at,
  )
}

/** `bucket(x, lo, hi, step)`: the lower edge of the grid cell of x; NULL outside [lo, hi). A closed label. */
export function bucket(args: readonly Scalar[], at: string): Scalar {
  const [x] = args
  const grid = args.slice(1).map(constantNumber)
  const [lo, hi, step] = grid
  if (x === undefined || args.length !== 4) refuse('function-arguments', at)
  if (lo === undefined || hi === undefined || step === undefined || !(step > 0) || !(hi > lo))
    refuse('argument-constant', at)
  const count = Math.round((hi - lo) / step)
  if (Math.abs(lo + count * step - hi) > step * 1e-9)
    refuse('argument-constant', at, {
      reason: 'The grid does not end at hi.',
      fix: 'Choose hi = lo + a whole number of steps.',
    })
  if (count > 1000) refuse('labels-too-many', at)
  const integer = grid.every((g) => Number.isInteger(g))
  const values = Array.from({ length: count }, (_, i) => lo + i * step)
  const type: Type = {
    kind: integer ? 'integer' : 'number',
    nullable: true,
    range: { lo, hi: values.at(-1) ?? lo },
    values,
  }
  const value = number(x)
  if (integer && value.type.kind === 'integer')
    return call(
      'bucket-whole',
      [value, ...[lo, hi, step].map((g) => literal(g, 'integer', at))],
      type,
      at,
    )
  const constants = [lo, step, count].map((g) => literal(g, 'number', at))
  const edge = call(
    'bucket',
    [cast(value, 'number'), ...constants],
    { ...type, kind: 'number' },
    at,
  )
  return integer ? { ...cast(edge, 'integer'), type } : edge
}

export const nullIf = (a: Scalar, equal: Scalar, at: string): Scalar =>
  caseOf([{ when: equal, result: literal(null, 'null', at) }], a, at)
