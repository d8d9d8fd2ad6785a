import type { AggregateName, Aggregation, Order, Scalar, Window, WindowName } from './ir.ts'
import { refuse } from './rules.ts'
import { cast, condition, isNull, isNumeric, logic, number, usable } from './scalars.ts'
import { plain, ranged, type Type, truth } from './types.ts'

/** Aggregates of the rows of one person, and of one cell in the released SELECT. `rows` bounds how many they see. */

export type AggregateRule = Readonly<{
  form: string
  total: string
  name: AggregateName
  arity: 0 | 1 | 2
}>

const rule = (
  form: string,
  name: AggregateName,
  arity: 0 | 1 | 2,
  total: string,
): AggregateRule => ({ form, name, arity, total })
const firstBy = (form: string): AggregateRule =>
  rule(
    form,
    'first',
    2,
    'ties are broken by the value itself, so the answer does not depend on the order of rows',
  )

export const aggregates: Readonly<Record<string, AggregateRule>> = {
  count_star: rule('count(*)', 'count', 0, 'a count'),
  count: rule('count(x), count(DISTINCT x)', 'count', 1, 'a count'),
  count_if: rule('count_if(condition)', 'count', 1, 'a count'),
  countif: rule('count_if(condition)', 'count', 1, 'a count'),
  sum: rule(
    'sum(x)',
    'sum',
    1,
    'added as whole numbers of 1e-6, so the order of rows does not matter; values beyond 1e12 are cut',
  ),
  avg: rule('avg(x)', 'avg', 1, 'as sum'),
  mean: rule('avg(x)', 'avg', 1, 'as sum'),
  min: rule('min(x)', 'min', 1, 'a comparison'),
  max: rule('max(x)', 'max', 1, 'a comparison'),
  median: rule('median(x)', 'median', 1, 'a comparison'),
  bool_or: rule('bool_or(condition)', 'any', 1, 'a comparison'),
  bool_and: rule('bool_and(condition)', 'every', 1, 'a comparison'),
  arg_min: firstBy('arg_min(x, by)'),
  min_by: firstBy('arg_min(x, by)'),
  arg_max: firstBy('arg_max(x, by)'),
  max_by: firstBy('arg_max(x, by)'),
}

const both = (a: Scalar | undefined, b: Scalar, at: string): Scalar =>
  a === undefined ? b : logic('and', [a, b], at)

export function aggregation(
  written: string,
  args: readonly Scalar[],
  options: Readonly<{ distinct: boolean; filter?: Scalar; order: readonly Order[]; rows: number }>,
  at: string,
): Aggregation {
  const found = aggregates[written] ?? refuse('function-unknown', at)
  const { filter, rows } = options
  if (args.length !== found.arity) refuse('function-arguments', at)
  if (options.order.length > 0)
    refuse('option-unknown', at, {
      reason: 'ORDER BY inside an aggregate.',
      fix: 'Use arg_min(x, by) or arg_max(x, by).',
    })
  const [arg, by] = args
  const filtered = (f: Scalar | undefined) => (f === undefined ? {} : { filter: condition(f) })
  if (found.name === 'count') return counted(written, arg, options, at)
  if (options.distinct) refuse('option-unknown', at)
  const value = usable(arg as Scalar)
  if (found.name === 'first') {
    const order: Order = {
      by: usable(by as Scalar),
      descending: written.includes('max'),
      nullsFirst: false,
    }
    const present = [isNull(order.by, true, at), isNull(value, true, at)]
    return {
      name: 'first',
      arg: value,
      order: [order, { by: value, descending: false, nullsFirst: false }],
      ...filtered(logic('and', filter === undefined ? present : [filter, ...present], at)),
      type: { ...value.type, nullable: true },
    }
  }
  const ready = argument(found.name, value)
  return {
    name: found.name,
    arg: ready,
    ...filtered(filter),
    type: typeOf(found.name, ready, rows),
  }
}

function counted(
  written: string,
  arg: Scalar | undefined,
  options: Readonly<{ distinct: boolean; filter?: Scalar; rows: number }>,
  at: string,
): Aggregation {
  const { distinct, filter, rows } = options
  const type = ranged('integer', 0, rows, false)
  if (distinct && written !== 'count') return refuse('option-unknown', at)
  if (arg === undefined)
    return { name: 'count', ...(filter && { filter: condition(filter) }), type }
  if (written !== 'count')
    return { name: 'count', filter: condition(both(filter, condition(arg), at)), type }
  if (distinct)
    return { name: 'count-distinct', arg, ...(filter && { filter: condition(filter) }), type }
  return { name: 'count', filter: condition(both(filter, isNull(arg, true, at), at)), type }
}

function argument(name: AggregateName, value: Scalar): Scalar {
  if (name === 'any' || name === 'every') return condition(value)
  if (name === 'sum' || name === 'avg')
    return value.type.kind === 'boolean' ? cast(value, 'integer') : number(value)
  if (name === 'median') return cast(number(value), 'number')
  return value
}

function typeOf(name: AggregateName, arg: Scalar, rows: number): Type {
  const { kind, range } = arg.type
  switch (name) {
    case 'any':
    case 'every':
      return truth(true)
    case 'sum':
      if (range === undefined) return plain(kind)
      return ranged(kind, rows * Math.min(0, range.lo), rows * Math.max(0, range.hi), true)
    case 'avg':
    case 'median':
      return range === undefined
        ? plain('number')
        : ranged('number', range.lo - 1e-6, range.hi + 1e-6, true)
    default:
      return { ...arg.type, nullable: true }
  }
}

export type WindowRule = Readonly<{ form: string; total: string; name: WindowName; arity: 0 | 1 }>
const tie = 'rows that tie are ordered by all their columns, so only equal rows can change places'
export const windows: Readonly<Record<string, WindowRule>> = {
  row_number: { form: 'row_number()', name: 'row_number', arity: 0, total: tie },
  rank: { form: 'rank()', name: 'rank', arity: 0, total: 'ties share a rank' },
  dense_rank: { form: 'dense_rank()', name: 'dense_rank', arity: 0, total: 'ties share a rank' },
  lag: { form: 'lag(x, n)', name: 'lag', arity: 1, total: tie },
  lead: { form: 'lead(x, n)', name: 'lead', arity: 1, total: tie },
  first_value: { form: 'first_value(x)', name: 'first_value', arity: 1, total: tie },
  last_value: { form: 'last_value(x)', name: 'last_value', arity: 1, total: tie },
  count_star: { form: 'count(*)', name: 'count', arity: 0, total: 'a count' },
  count: { form: 'count(x)', name: 'count', arity: 1, total: 'a count' },
  sum: { form: 'sum(x)', name: 'sum', arity: 1, total: 'as the aggregate' },
  avg: { form: 'avg(x)', name: 'avg', arity: 1, total: 'as the aggregate' },
  min: { form: 'min(x)', name: 'min', arity: 1, total: 'a comparison' },
  max: { form: 'max(x)', name: 'max', arity: 1, total: 'a comparison' },
}

export function windowing(
  written: string,
  args: readonly Scalar[],
  over: Pick<Window, 'partition' | 'order' | 'frame' | 'offset'> & Readonly<{ rows: number }>,
  at: string,
): Window {
  const found = windows[written] ?? refuse('function-unknown', at)
  if (args.length !== found.arity) refuse('function-arguments', at)
  const { rows, ...rest } = over
  const [arg] = args.map(usable)
  const base = { name: found.name, ...rest }
  const ordinal = ranged('integer', 1, rows, false)
  switch (found.name) {
    case 'row_number':
    case 'rank':
    case 'dense_rank':
      return { ...base, type: ordinal }
    case 'count':
      return { ...base, ...(arg && { arg }), type: ranged('integer', 0, rows, false) }
    case 'sum':
    case 'avg': {
      const value = arg && isNumeric(arg) ? arg : number(arg as Scalar)
      return { ...base, arg: value, type: typeOf(found.name, value, rows) }
    }
    default:
      return { ...base, arg: arg as Scalar, type: { ...(arg as Scalar).type, nullable: true } }
  }
}
