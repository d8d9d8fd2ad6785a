import type { Statistic } from '../domain/proven.ts'
import type { Aggregation, Relation, Scalar } from './ir.ts'
import { refuse } from './rules.ts'
import { cast, condition, constantNumber, isNull, logic, number } from './scalars.ts'
import { EXACT, type Range } from './types.ts'

/**
 * What is computed for each person and cell before persons are added up. `test` says which rows count; `cap` bounds how
 * many rows of one person are reflected. All are functions of the rows of that person alone.
 */
export type Measure =
  /** Some row fulfils the test: 1, else nothing. */
  | Readonly<{ kind: 'persons'; test?: Scalar }>
  /** Persons whose value of another measure is present, or differs from 0. */
  | Readonly<{ kind: 'contributors'; of: string; when: 'nonzero' | 'present' }>
  /** Rows that fulfil the test, at most `cap`. */
  | Readonly<{ kind: 'rows'; test?: Scalar; cap: number }>
  /** Sum of clamped values on the lattice 1/scale; the total is clamped again. */
  | Readonly<{
      kind: 'sum'
      arg: Scalar
      test?: Scalar
      scale: number
      each: Range
      total: Range
      /** `clamp` cuts the total; `shrink` keeps the person's mean when there are more than `cap` rows. */
      over: 'clamp' | 'shrink'
      cap: number
      when: 'nonzero' | 'present'
    }>
  /** The persons of a 'persons' statistic once more, in units of 1/scale: for percentages. */
  | Readonly<{ kind: 'scaled-persons'; test?: Scalar }>

export type Stated = Statistic & Readonly<{ measure: Measure }>
export type Measuring = Readonly<{
  persons(test: Scalar | undefined): string
  /** `times` scales the published value. */
  persons100(test: Scalar | undefined, times: number): string
  rows(test: Scalar | undefined, times: number): string
  sum(arg: Scalar, test: Scalar | undefined, times: number): string
  mean(
    arg: Scalar,
    test: Scalar | undefined,
    times: number,
  ): Readonly<{ numerator: string; denominator: string }>
  onePerPerson: boolean
  statistics(): readonly Stated[]
  /** The same, refusing what is not measured yet: HAVING adds nothing. */
  existing(): Measuring
}>

/** Collects the statistics of a released SELECT, each once. */
export function measuring(relation: Relation, mostRows: number): Measuring {
  const found = new Map<string, Stated>()
  const one = relation.rows === 1
  const cap = one ? 1 : Math.min(relation.rows, mostRows)
  let frozen = false
  const stated = (
    measure: Measure,
    rest: Omit<Statistic, 'id' | 'contributors'>,
    contributors?: string,
  ): string => {
    const key = JSON.stringify([measure, rest], (k, v) => (k === 'at' ? undefined : v))
    const known = found.get(key)
    if (known !== undefined) return known.id
    if (frozen) refuse('release-having', '1:1')
    const id = `m${found.size}`
    found.set(key, { id, ...rest, contributors: contributors ?? id, measure })
    return id
  }
  const withTest = (test: Scalar | undefined) => (test === undefined ? {} : { test })
  const counted = { kind: 'persons', scale: 1, lo: 0, hi: 1 } as const
  const persons = (test: Scalar | undefined): string =>
    stated({ kind: 'persons', ...withTest(test) }, counted)
  const rows = (test: Scalar | undefined, times: number): string =>
    one
      ? times === 1
        ? persons(test)
        : persons100(test, times)
      : stated(
          { kind: 'rows', ...withTest(test), cap },
          { kind: 'sum', scale: 1 / times, lo: 0, hi: cap },
          persons(test),
        )
  const persons100 = (test: Scalar | undefined, times: number): string =>
    times === 1
      ? persons(test)
      : stated(
          { kind: 'scaled-persons', ...withTest(test) },
          { kind: 'sum', scale: 1 / times, lo: 0, hi: 1 },
          persons(test),
        )
  const valued = (
    written: Scalar,
    test: Scalar | undefined,
    times: number,
    over: 'clamp' | 'shrink',
  ): string => {
    const arg = written.type.kind === 'boolean' ? cast(written, 'integer') : number(written)
    const { range } = arg.type
    if (range === undefined) return refuse('sum-unbounded', written.at)
    const { scale, each } = lattice(arg, range)
    const total = { lo: cap * Math.min(0, each.lo), hi: cap * Math.max(0, each.hi) }
    if (Math.max(-total.lo, total.hi) > EXACT / 4) return refuse('sum-unbounded', written.at)
    const when = over === 'shrink' ? 'present' : 'nonzero'
    const bounds = one ? each : total
    const measure: Measure = {
      kind: 'sum',
      arg,
      ...withTest(test),
      scale,
      each,
      total,
      over,
      cap,
      when,
    }
    const rest = { kind: 'sum', scale: scale / times, lo: bounds.lo, hi: bounds.hi } as const
    // The counter comes first in the list and needs to know whom it counts.
    const id = `m${found.size + 1}`
    const key = JSON.stringify([measure, rest], (k, v) => (k === 'at' ? undefined : v))
    const known = found.get(key)
    if (known !== undefined) return known.id
    if (over === 'shrink' && one)
      return stated(measure, rest, persons(both(test, isNull(arg, true, arg.at))))
    const counter = stated({ kind: 'contributors', of: id, when }, counted)
    return stated(measure, rest, counter)
  }
  const self: Measuring = {
    persons,
    persons100,
    rows,
    sum: (arg, test, times) => {
      const when = indicator(arg)
      return when === undefined ? valued(arg, test, times, 'clamp') : rows(both(test, when), times)
    },
    mean: (arg, test, times) => {
      const there = arg.type.nullable ? both(test, isNull(arg, true, arg.at)) : test
      const when = indicator(arg)
      const numerator =
        when === undefined || !one
          ? valued(arg, test, times, 'shrink')
          : persons100(both(test, when), times)
      return { numerator, denominator: one ? persons(there) : rows(there, 1) }
    },
    onePerPerson: one,
    statistics: () => [...found.values()],
    existing: () => {
      frozen = true
      return self
    },
  }
  return self
}

/** The condition of an expression that is 1 where it holds and otherwise 0 or NULL: then a sum is a count. */
function indicator(arg: Scalar): Scalar | undefined {
  if (arg.op === 'cast' && arg.arg.type.kind === 'boolean' && !arg.arg.type.nullable) return arg.arg
  if (arg.op !== 'case' || arg.whens.length !== 1) return undefined
  const [only] = arg.whens
  const zero = constantNumber(arg.otherwise) === 0
  return only !== undefined && constantNumber(only.result) === 1 && zero ? only.when : undefined
}

const both = (test: Scalar | undefined, more: Scalar): Scalar =>
  test === undefined ? more : logic('and', [condition(test), more], more.at)

/** Whole numbers are their own lattice; others get five digits below the size of their bounds. */
export function lattice(arg: Scalar, range: Range): Readonly<{ scale: number; each: Range }> {
  const size = Math.max(Math.abs(range.lo), Math.abs(range.hi), 1e-9)
  const digits =
    arg.type.kind === 'integer' ? 0 : Math.max(0, Math.min(12, 5 - Math.floor(Math.log10(size))))
  const scale = 10 ** digits
  return { scale, each: { lo: Math.floor(range.lo * scale), hi: Math.ceil(range.hi * scale) } }
}

/** count(DISTINCT person_id) and count of a column, as tests on rows. */
export const counting = (
  a: Aggregation,
): Readonly<{ persons: boolean; test: Scalar | undefined }> => {
  if (a.name === 'count') return { persons: false, test: a.filter }
  const arg = a.arg as Scalar
  if (arg.type.kind !== 'person')
    return refuse('release-aggregate', arg.at, {
      reason: 'Distinct values of a column are not persons.',
      fix: 'count(DISTINCT person_id), grouped by the column.',
    })
  return {
    persons: true,
    test: arg.type.nullable ? both(a.filter, isNull(arg, true, arg.at)) : a.filter,
  }
}
