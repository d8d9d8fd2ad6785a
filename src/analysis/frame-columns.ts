import type { Cell } from '../domain/glass.ts'
import type { Scale } from '../domain/reducer.ts'
import { type Context, sameName } from './context.ts'
import type { Query } from './from.ts'
import type { Relation, Scalar } from './ir.ts'
import { columnOf, columnScalar } from './names.ts'
import { clamp, multiply, subtract } from './numeric.ts'
import { filter, project } from './relations.ts'
import type { Label } from './release.ts'
import { refuse } from './rules.ts'
import { call, cast, isNull, isNumeric, literal, usable } from './scalars.ts'
import { closedValues, type Range } from './types.ts'

/** A proven frame: one row per person. Columns are named by the researcher, places are JSON pointers into the reducer. */
export type Frame = Readonly<{ query: Query; context: Context }>

/** The column of this name, as the reducer asks for it at `at`. */
export function columnNamed({ query }: Frame, name: string, at: string): Scalar {
  const hits = query.names.filter((n) => sameName(n.name, name))
  const [hit, more] = hits
  if (hit === undefined) {
    const shown = query.names.map((n) => n.name).filter((n) => n !== 'person_id')
    return refuse('reducer-column-unknown', at, {
      reason: `The frame selects no column ${name}.`,
      fix: `Select it, or name one of ${shown.slice(0, 20).join(', ')}.`,
    })
  }
  if (more !== undefined)
    refuse('column-ambiguous', at, { reason: `The frame selects ${name} more than once.` })
  return usable(columnScalar(columnOf(query.relation, hit.id), at))
}

/** A label: its values are a closed public set. */
export function labelNamed(frame: Frame, name: string, at: string): Label {
  const value = columnNamed(frame, name, at)
  const values =
    closedValues(value.type) ??
    refuse('label-open', at, {
      reason: `The values of ${name} are not a closed public domain.`,
    })
  return { name, value, values }
}

/** A number with static bounds; true and false count as 1 and 0. */
export function numberNamed(frame: Frame, name: string, at: string): Scalar & { range: Range } {
  const column = columnNamed(frame, name, at)
  const value = column.type.kind === 'boolean' ? cast(column, 'integer') : column
  if (!isNumeric(value))
    refuse('reducer-column-type', at, {
      reason: `${name} is a ${value.type.kind} where the reducer needs a number.`,
      fix: `Select a number, for example CASE WHEN ... THEN 1 ELSE 0 END AS ${name}.`,
    })
  const { range } = value.type
  if (range === undefined)
    return refuse('sum-unbounded', at, {
      reason: `The values of ${name} have no static bounds, so neither has what one person adds.`,
      fix: `Select clamp(${name}, lo, hi) AS ${name} in the frame.`,
    })
  return { ...value, range }
}

/** A number that is not negative: events, or time under observation. */
export function amountNamed(frame: Frame, name: string, at: string): Scalar & { range: Range } {
  const value = numberNamed(frame, name, at)
  if (value.range.lo < 0)
    refuse('reducer-column-type', at, {
      reason: `${name} may be negative.`,
      fix: `Select clamp(${name}, 0, hi) AS ${name} in the frame.`,
    })
  return value
}

/** A condition of one person. */
export function conditionNamed(frame: Frame, name: string, at: string): Scalar {
  const value = columnNamed(frame, name, at)
  if (value.type.kind !== 'boolean')
    refuse('reducer-column-type', at, {
      reason: `${name} is a ${value.type.kind} where the reducer needs true or false.`,
      fix: `Select a comparison, for example ${name} = 1 AS ${name}.`,
    })
  return value
}

/** A label whose values are the lower edges of an even grid, as `bucket` makes it, and the end of its last cell. */
export function gridNamed(
  frame: Frame,
  name: string,
  at: string,
): Label & Readonly<{ edges: readonly number[]; step: number }> {
  const label = labelNamed(frame, name, at)
  if (!isNumeric(label.value)) refuse('reducer-grid', at)
  const edges = label.values.map(Number).toSorted((a, b) => a - b)
  const [first = 0, second] = edges
  const step = second === undefined ? 0 : second - first
  const even = edges.every((e, i) => Math.abs(e - first - i * step) <= step * 1e-6)
  if (!(step > 0) || !even) refuse('reducer-grid', at)
  return { ...label, edges, step }
}

/** The persons of the frame who have all these columns. */
export function complete({ query }: Frame, needed: readonly Scalar[]): Relation {
  const tests = needed.flatMap((s) => present(s))
  return filter(query.relation, tests, '1:1')
}
const present = (s: Scalar): readonly Scalar[] => {
  const column = s.op === 'cast' ? s.arg : s
  return column.type.nullable ? [isNull(column, true, s.at)] : []
}

/** Halfway between the bounds, and half their distance. */
export function scaleOf({ range }: Readonly<{ range: Range }>, name: string, at: string): Scale {
  const half = (range.hi - range.lo) / 2
  if (!(half > 0))
    refuse('reducer-invalid', at, {
      reason: `${name} is the same for everybody, by its bounds.`,
      fix: 'Leave it out; the intercept is always there.',
    })
  return { middle: range.lo + half, half }
}

/** The value less a public point; whole numbers stay whole. */
export const centred = (value: Scalar, middle: number): Scalar =>
  subtract(value, pointOf(value, middle), value.at)

const pointOf = (value: Scalar, middle: number): Scalar =>
  literal(
    middle,
    value.type.kind === 'integer' && Number.isInteger(middle) ? 'integer' : 'number',
    value.at,
  )

/** The value on its public scale, in [-1, 1]. */
export function scaled(value: Scalar, { middle, half }: Scale): Scalar {
  const { at } = value
  const moved = subtract(cast(value, 'number'), literal(middle, 'number', at), at)
  const sized = multiply(moved, literal(1 / half, 'number', at), at)
  return clamp([sized, literal(-1, 'number', at), literal(1, 'number', at)], at)
}

/** x squared, which is never negative. */
export function squared(x: Scalar): Scalar {
  const made = multiply(x, x, x.at)
  const { range, ...type } = made.type
  return range === undefined ? made : { ...made, type: { ...type, range: { lo: 0, hi: range.hi } } }
}

/** A relation of these values alone, labels passed along, so that a long expression is printed once. */
export function staged(
  input: Relation,
  values: readonly Scalar[],
  labels: readonly Label[],
  ids: readonly number[],
): Readonly<{ relation: Relation; columns: readonly Scalar[] }> {
  const passed = labels.flatMap(({ value }) =>
    value.op === 'column' ? [{ id: value.id, value }] : [],
  )
  const items = values.map((value, i) => ({ id: ids[i] as number, value }))
  const relation = project(input, [...passed, ...items])
  return {
    relation,
    columns: items.map(({ id, value }) => columnScalar(columnOf(relation, id), value.at)),
  }
}

export const greaterThanZero = (value: Scalar): Scalar =>
  call(
    'gt',
    [value, literal(0, value.type.kind === 'integer' ? 'integer' : 'number', value.at)],
    { kind: 'boolean', nullable: value.type.nullable, values: [false, true] },
    value.at,
  )

export const listed = (values: readonly Cell[], value: Cell): boolean => values.includes(value)
