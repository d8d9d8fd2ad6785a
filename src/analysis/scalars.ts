import type { Cell } from '../domain/glass.ts'
import type { Scalar } from './ir.ts'
import { refuse } from './rules.ts'
import {
  closedValues,
  dayOf,
  EXACT,
  join,
  type Kind,
  MAX_VALUES,
  plain,
  ranged,
  type Type,
  truth,
} from './types.ts'

/** Smart constructors of expressions: what they return is total, deterministic and typed. */

export const call = (name: string, args: readonly Scalar[], type: Type, at: string): Scalar => ({
  op: 'call',
  name,
  args,
  type,
  at,
  constant: args.every((a) => a.constant),
})

export function literal(value: Cell, kind: Kind, at: string): Scalar {
  const make = (type: Type): Scalar => ({ op: 'literal', value, type, at, constant: true })
  if (value === null) return make(plain('null'))
  if (kind === 'integer' || kind === 'number') {
    const n = Number(value)
    if (!Number.isFinite(n) || Math.abs(n) > EXACT) refuse('literal-out-of-range', at)
    return make({ kind, nullable: false, range: { lo: n, hi: n }, values: [n] })
  }
  if (kind === 'date') {
    const day = dayOf(String(value))
    if (day === undefined) refuse('literal-out-of-range', at)
    return make({ kind, nullable: false, range: { lo: day, hi: day }, values: [String(value)] })
  }
  return make({ kind, nullable: false, values: [value] })
}

export const isNumeric = ({ type }: Scalar): boolean =>
  type.kind === 'integer' || type.kind === 'number'
export const isTemporal = ({ type }: Scalar): boolean =>
  type.kind === 'date' || type.kind === 'timestamp'

/** The number written in the query, or undefined. */
export const constantNumber = (s: Scalar | undefined): number | undefined =>
  s?.op === 'literal' && isNumeric(s) ? Number(s.value) : undefined
export const constantText = (s: Scalar | undefined): string | undefined =>
  s?.op === 'literal' && s.type.kind === 'text' ? String(s.value) : undefined

/** The key says which rows belong together and nothing else. */
export function usable(s: Scalar): Scalar {
  if (s.type.kind === 'person' || s.op === 'same-person') refuse('key-unusable', s.at)
  return s
}

export function number(s: Scalar): Scalar {
  usable(s)
  if (s.type.kind === 'null') return cast(s, 'number')
  if (!isNumeric(s)) refuse('types-differ', s.at, { reason: 'A number is needed here.' })
  return s
}

export function text(s: Scalar): Scalar {
  usable(s)
  if (s.type.kind === 'null') return cast(s, 'text')
  if (s.type.kind !== 'text') refuse('types-differ', s.at, { reason: 'A text is needed here.' })
  return s
}

/** A date or timestamp; a text literal of the form YYYY-MM-DD counts as a date. */
export function temporal(s: Scalar): Scalar {
  usable(s)
  const written = constantText(s)
  if (written !== undefined) return literal(written, 'date', s.at)
  if (s.type.kind === 'null') return cast(s, 'date')
  if (!isTemporal(s)) refuse('types-differ', s.at, { reason: 'A date is needed here.' })
  return s
}

export function condition(s: Scalar): Scalar {
  usable(s)
  if (s.type.kind === 'null') return cast(s, 'boolean')
  if (s.type.kind !== 'boolean') refuse('not-a-condition', s.at)
  return s
}

/** Every CAST is a TRY_CAST: what cannot be cast is NULL, because an error would speak of a row. */
export function cast(s: Scalar, to: Kind): Scalar {
  usable(s)
  if (s.type.kind === to) return s
  const written = constantText(s)
  if (written !== undefined && to === 'date') return literal(written, 'date', s.at)
  if (s.op === 'literal' && s.type.kind === 'integer' && to === 'number')
    return literal(s.value, 'number', s.at)
  return { op: 'cast', to, arg: s, at: s.at, constant: s.constant, type: castType(s.type, to) }
}

function castType(from: Type, to: Kind): Type {
  const { range } = from
  if (from.kind === 'null') return plain(to)
  if (to === 'number' && from.kind === 'integer') return { ...from, kind: 'number' }
  if (to === 'integer' && from.kind === 'number' && range !== undefined)
    return ranged('integer', Math.floor(range.lo) - 1, Math.ceil(range.hi) + 1, true)
  if (to === 'integer' && from.kind === 'boolean') return ranged('integer', 0, 1, from.nullable)
  if (to === 'number' && from.kind === 'boolean') return ranged('number', 0, 1, from.nullable)
  if (to === 'boolean') return truth(true)
  if (to === 'date' && from.kind === 'timestamp' && range !== undefined)
    return ranged('date', range.lo, range.hi, true)
  if (to === 'text' && from.kind === 'boolean')
    return { kind: to, nullable: from.nullable, values: ['false', 'true'] }
  const values = closedValues(from)
  if (to === 'text' && from.kind !== 'number' && from.kind !== 'timestamp' && values !== undefined)
    return { kind: to, nullable: from.nullable, values: values.map(String) }
  return plain(to)
}

/** Both sides brought to one kind, or a refusal. */
export function alike(left: Scalar, right: Scalar, at: string): readonly [Scalar, Scalar] {
  usable(left)
  usable(right)
  const [l, r] = isTemporal(left)
    ? [left, temporal(right)]
    : isTemporal(right)
      ? [temporal(left), right]
      : [left, right]
  if (l.type.kind === r.type.kind) return [l, r]
  if (l.type.kind === 'null') return [cast(l, r.type.kind), r]
  if (r.type.kind === 'null') return [l, cast(r, l.type.kind)]
  if (isNumeric(l) && isNumeric(r)) return [cast(l, 'number'), cast(r, 'number')]
  if (isTemporal(l) && isTemporal(r)) return [cast(l, 'timestamp'), cast(r, 'timestamp')]
  return refuse('types-differ', at)
}

export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'distinct' | 'not-distinct'

export function compare(name: Comparison, left: Scalar, right: Scalar, at: string): Scalar {
  if (left.op === 'column' && right.op === 'column' && left.type.kind === 'person') {
    if (name !== 'eq' || right.type.kind !== 'person') refuse('key-unusable', at)
    const same = { op: 'same-person', left: left.id, right: right.id } as const
    return { ...same, type: truth(true), constant: false, at }
  }
  const [l, r] = alike(left, right, at)
  const nullable = !name.endsWith('distinct') && (l.type.nullable || r.type.nullable)
  return call(name, [l, r], truth(nullable), at)
}

export function logic(name: 'and' | 'or', args: readonly Scalar[], at: string): Scalar {
  const [only] = args
  if (only !== undefined && args.length === 1) return condition(only)
  const flat = args.flatMap((a) => (a.op === 'call' && a.name === name ? a.args : [a]))
  return call(name, flat.map(condition), truth(flat.some((a) => a.type.nullable)), at)
}

export const not = (arg: Scalar, at: string): Scalar =>
  call('not', [condition(arg)], truth(arg.type.nullable), at)

/** IS NULL may look at a person key: after a LEFT JOIN it says whether this person has a match. */
export function isNull(arg: Scalar, negated: boolean, at: string): Scalar {
  if (arg.op === 'same-person') refuse('key-unusable', at)
  return call(negated ? 'is-not-null' : 'is-null', [arg], truth(false), at)
}

export function oneOf(needle: Scalar, among: readonly Scalar[], at: string): Scalar {
  const pairs = among.map((item) => alike(needle, item, at))
  const needles = pairs.map(([n]) => n)
  const widest = needles.find((n) => n.type.kind === 'number') ?? needles[0] ?? needle
  const items = pairs.map(([, i]) => (widest.type.kind === 'number' ? cast(i, 'number') : i))
  return call('in', [widest, ...items], truth(true), at)
}

export function caseOf(
  whens: readonly Readonly<{ when: Scalar; result: Scalar }>[],
  otherwise: Scalar,
  at: string,
): Scalar {
  const branches = [...whens.map(({ result }) => result), otherwise]
  const type = unify(branches, at)
  const to = (s: Scalar): Scalar => (s.type.kind === type.kind ? usable(s) : cast(s, type.kind))
  const ready = whens.map(({ when, result }) => ({ when: condition(when), result: to(result) }))
  const parts = [...ready.flatMap((w) => [w.when, w.result]), otherwise]
  return {
    op: 'case',
    whens: ready,
    otherwise: to(otherwise),
    type,
    at,
    constant: parts.every((p) => p.constant),
  }
}

/** The common type of several expressions; text literals beside dates are dates only where all agree. */
export function unify(branches: readonly Scalar[], at: string): Type {
  for (const b of branches) usable(b)
  return branches
    .map((b) => b.type)
    .reduce(
      (a, b) =>
        join(a, b) ??
        refuse('types-differ', at, { reason: 'The branches are of different types.' }),
    )
}

export function coalesce(args: readonly Scalar[], at: string): Scalar {
  const type = unify(args, at)
  const nullable = args.every((a) => a.type.nullable)
  return call(
    'coalesce',
    args.map((a) => (a.type.kind === type.kind ? a : cast(a, type.kind))),
    { ...type, nullable },
    at,
  )
}

/** Applies `f` to a closed set of values, where there is one and the result stays one. */
export function mapped(
  of: readonly Type[],
  f: (...values: Cell[]) => Cell,
): readonly Cell[] | undefined {
  const sets = of.map(closedValues)
  if (sets.some((s) => s === undefined)) return undefined
  const combinations = (sets as Cell[][]).reduce<Cell[][]>(
    (rows, set) =>
      rows.length * set.length > MAX_VALUES ? [] : rows.flatMap((r) => set.map((v) => [...r, v])),
    [[]],
  )
  return combinations.length === 0 ? undefined : [...new Set(combinations.map((c) => f(...c)))]
}
