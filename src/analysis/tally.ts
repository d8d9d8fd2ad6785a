import type { Statistic } from '../domain/proven.ts'
import type { Scalar } from './ir.ts'
import { lattice, type Measure, type Stated } from './measures.ts'
import { refuse } from './rules.ts'
import { EXACT, type Range } from './types.ts'

/** The statistics of a frame, each once: one row per person, so a measure of a row is a measure of a person. */
export type Tally = Readonly<{
  /** Persons of the frame, or those that fulfil a test. */
  persons(test?: Scalar): string
  /** Sum over persons of a value with static bounds, on a lattice fine enough for them. */
  sum(value: Scalar, counter: string): string
  /** The same on a lattice of the caller's, in whose units the bounds are. */
  onLattice(value: Scalar, counter: string, scale: number, bounds: Range): string
  statistics(): readonly Stated[]
}>

export function tally(): Tally {
  const found: Stated[] = []
  const add = (
    measure: Measure,
    rest: Omit<Statistic, 'id' | 'contributors'>,
    counter?: string,
  ): string => {
    const id = `m${found.length}`
    found.push({ id, ...rest, contributors: counter ?? id, measure })
    return id
  }
  const onLattice: Tally['onLattice'] = (arg, counter, scale, each) =>
    add(
      { kind: 'sum', arg, scale, each, total: each, over: 'shrink', cap: 1, when: 'present' },
      { kind: 'sum', scale, lo: each.lo, hi: each.hi },
      counter,
    )
  return {
    persons: (test) =>
      add(
        { kind: 'persons', ...(test !== undefined && { test }) },
        { kind: 'persons', scale: 1, lo: 0, hi: 1 },
      ),
    sum: (value, counter) => {
      const range = value.type.range ?? refuse('sum-unbounded', value.at)
      const { scale, each } = lattice(value, range)
      if (Math.max(-each.lo, each.hi) > EXACT / 4)
        refuse('sum-unbounded', value.at, {
          reason: 'The bounds of the value are too far apart for exact sums of its squares.',
          fix: 'Clamp it closer, or choose a larger unit.',
        })
      return onLattice(value, counter, scale, each)
    },
    onLattice,
    statistics: () => found,
  }
}
