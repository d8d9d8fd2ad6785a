import { type Aggregate, type Cell, mint, type Protected } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import { charge } from './charge.ts'
import { type GridCell, noisedGrid } from './grid.ts'
import { arrange } from './order.ts'
import type { Rules } from './protect.ts'
import { type Noisy, sumOf } from './reduce/estimate.ts'
import {
  consumed,
  gatesOf,
  type ReducedRow,
  type Reducer,
  reduceGroup,
  type Shown,
} from './reducer.ts'
import { toBase, toNoise } from './round.ts'
import { statement } from './statement.ts'
import { cellKey, type NoiseKey } from './stream.ts'

/**
 * Whether cells added up may be shown: at least k true persons, and a noisy count of at least k and five standard
 * deviations of the noise of the sum. Persons are in one cell each (C = 1), so adding cells counts nobody twice.
 */
const shownAt =
  (k: number): Shown =>
  (cells, persons) => {
    const true_ = cells.reduce((t, c) => t + (c.persons[persons] ?? 0), 0)
    const noisy = sumOf(cells.map((c) => c.noisy[persons] as Noisy))
    return true_ >= k && noisy.x >= k + 5 * Math.sqrt(noisy.v)
  }

function groupsOf(cells: readonly GridCell[], used: readonly number[]): GridCell[][] {
  const groups = new Map<string, GridCell[]>()
  for (const cell of cells) {
    const key = cellKey(cell.labels.filter((_, i) => !used.includes(i)))
    groups.set(key, [...(groups.get(key) ?? []), cell])
  }
  return [...groups.values()]
}

const cellsOf = ({ of, estimate, persons }: ReducedRow, rounding: number): Cell[] => [
  of,
  ...[estimate.value, estimate.lo, estimate.hi].map((x) => toNoise(x, estimate.sd)),
  toBase(Math.round(persons.x), rounding),
]

/**
 * Runs a reducer over a frame in the `standard` profile: every cell of the public grid is noised, groups that may not
 * be shown are absent, and what leaves is (labels, of, estimate, lo95, hi95, persons). The charge is that of the proof,
 * as for `protect`. Throws a RangeError where a person could be in several cells or a label is open.
 */
export function reduce(
  aggregate: Aggregate,
  proven: Proven,
  reducer: Reducer,
  rules: Rules,
  noise: NoiseKey,
): Protected {
  if (proven.cellsPerPerson !== 1) throw new RangeError('a frame has one row per person')
  const used = consumed(reducer)
  const grid = noisedGrid(aggregate, proven, rules, noise)
  const rows = groupsOf(grid, used).flatMap((cells) => {
    const labels = (cells[0]?.labels ?? []).filter((_, i) => !used.includes(i))
    return reduceGroup(reducer, cells, shownAt(rules.k)).map((r, i) => ({
      key: [...labels, i],
      row: [...labels, ...cellsOf(r, rules.rounding)],
    }))
  })
  return mint.protected({
    columns: [
      ...proven.labels.filter((_, i) => !used.includes(i)).map((l) => l.name),
      'of',
      'estimate',
      'lo95',
      'hi95',
      'persons',
    ],
    rows: arrange(rows, { order: [] }),
    statement: statement({
      profile: 'standard',
      k: rules.k,
      variance: rules.variance,
      rounding: rules.rounding,
      rho: charge(proven, rules.variance).rho,
      thresholds: gatesOf(reducer),
    }),
  })
}
