import type { Scalar } from './ir.ts'
import { counting, type Measuring } from './measures.ts'
import { refuse } from './rules.ts'
import { constantNumber } from './scalars.ts'

/** A released value: one statistic, or a ratio of two. */
export type Form = Readonly<{ numerator: string; denominator?: string; digits?: number }>

/** number * aggregate / aggregate, before it is decided which statistics that needs. */
type Product = Readonly<{
  times: number
  above?: Scalar & { op: 'aggregate' }
  below?: Scalar & { op: 'aggregate' }
}>

/**
 * Reads a selected expression as what may be done to published values: an aggregate, a mean, a ratio of two, times a
 * positive number, rounded or not. Registers the statistics it needs.
 */
export function form(s: Scalar, measures: Measuring): Form {
  const inner = s.op === 'cast' && (s.to === 'number' || s.to === 'integer') ? s.arg : s
  if (inner.op !== 'call' || inner.name !== 'round') return exactForm(s, measures)
  const [rounded, digits] = inner.args
  return { ...exactForm(rounded as Scalar, measures), digits: constantNumber(digits) ?? 0 }
}

function exactForm(s: Scalar, measures: Measuring): Form {
  const { times, above, below } = product(s)
  if (above === undefined || !(times > 0)) return refuse('release-expression', s.at)
  const mean = above.aggregation.name === 'avg'
  if (below === undefined) {
    if (!mean) return { numerator: statistic(above, times, measures) }
    const { arg, filter } = above.aggregation
    return measures.mean(arg as Scalar, filter, times)
  }
  if (mean || below.aggregation.name === 'avg') return refuse('release-expression', s.at)
  return {
    numerator: statistic(above, times, measures),
    denominator: statistic(below, 1, measures),
  }
}

function statistic(s: Scalar & { op: 'aggregate' }, times: number, measures: Measuring): string {
  const { aggregation } = s
  switch (aggregation.name) {
    case 'count':
    case 'count-distinct': {
      const { persons, test } = counting(aggregation)
      return persons ? measures.persons100(test, times) : measures.rows(test, times)
    }
    case 'sum':
      return measures.sum(aggregation.arg as Scalar, aggregation.filter, times)
    default:
      return refuse('release-aggregate', s.at)
  }
}

function product(s: Scalar): Product {
  const n = constantNumber(s)
  if (n !== undefined) return { times: n }
  switch (s.op) {
    case 'aggregate':
      return { times: 1, above: s }
    case 'cast':
      return s.to === 'number' || s.to === 'integer'
        ? product(s.arg)
        : refuse('release-expression', s.at)
    case 'case':
      return product(unlessZero(s))
    case 'call':
      if (s.name === 'multiply') return multiplied(s)
      if (s.name === 'divide') return divided(s)
      if (s.name === 'round')
        return refuse('release-expression', s.at, {
          reason: 'round(...) is done last, on the published value.',
          fix: 'Put round(..., digits) around the whole expression, or leave it out.',
        })
      return refuse('release-expression', s.at)
    default:
      return refuse('release-expression', s.at)
  }
}

/** nullif(x, 0) below a fraction is x: a published denominator is never 0. */
function unlessZero(s: Scalar & { op: 'case' }): Scalar {
  const [only, ...more] = s.whens
  const test = only?.when
  const zero = test?.op === 'call' && test.name === 'eq' && constantNumber(test.args[1]) === 0
  const isNull =
    only?.result.op === 'cast' || (only?.result.op === 'literal' && only.result.value === null)
  return zero && isNull && more.length === 0 ? s.otherwise : refuse('release-expression', s.at)
}

function multiplied(s: Scalar & { op: 'call' }): Product {
  const [a, b] = s.args.map(product) as [Product, Product]
  if (a.above !== undefined && b.above !== undefined) return refuse('release-expression', s.at)
  const [scaled, other] = a.above === undefined ? [b, a] : [a, b]
  if (other.below !== undefined) return refuse('release-expression', s.at)
  return { ...scaled, times: scaled.times * other.times }
}

function divided(s: Scalar & { op: 'call' }): Product {
  const [a, b] = s.args.map(product) as [Product, Product]
  if (a.below !== undefined || b.below !== undefined) return refuse('release-expression', s.at)
  const times = a.times / b.times
  if (b.above === undefined) return { ...a, times }
  if (a.above === undefined) return refuse('release-expression', s.at)
  return { times, above: a.above, below: b.above }
}
