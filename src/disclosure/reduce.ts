import { type Aggregate, type Cell, mint, type Protected } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import type { ModelReducer, SummedReducer } from '../domain/reducer.ts'
import { charge } from './charge.ts'
import { type GridCell, noisedGrid } from './grid.ts'
import { arrange } from './order.ts'
import type { Rules } from './protect.ts'
import { type Noisy, sumOf } from './reduce/estimate.ts'
import { boundsOf, type GlmSpec, glm } from './reduce/glm.ts'
import {
  consumed,
  gatesOf,
  type ReducedRow,
  reduceGroup,
  type Shown,
  subjectOf,
} from './reducer.ts'
import { toBase, toNoise } from './round.ts'
import { statement } from './statement.ts'
import { cellKey, type NoiseKey, questionKey } from './stream.ts'

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
  ...of,
  toNoise(estimate.value, estimate.sd),
  toNoise(estimate.lo, estimate.sd, 'floor'),
  toNoise(estimate.hi, estimate.sd, 'ceil'),
  toBase(Math.round(persons.x), rounding),
]

/** One aggregate of a frame, and what to make of it. */
export type Reduction = Readonly<{
  aggregate: Aggregate
  proven: Proven
  reducer: SummedReducer
}>

type Keyed = Readonly<{ key: readonly Cell[]; row: readonly Cell[] }>

function rowsOf(
  { aggregate, proven, reducer }: Reduction,
  rules: Rules,
  noise: NoiseKey,
  part: number,
): Keyed[] {
  if (proven.cellsPerPerson !== 1) throw new RangeError('a frame has one row per person')
  const used = consumed(reducer)
  const grid = noisedGrid(aggregate, proven, rules, noise)
  return groupsOf(grid, used).flatMap((cells) => {
    const labels = (cells[0]?.labels ?? []).filter((_, i) => !used.includes(i))
    return reduceGroup(reducer, cells, shownAt(rules.k)).map((r, i) => ({
      key: [...labels, part, i],
      row: [...labels, ...cellsOf(r, rules.rounding)],
    }))
  })
}

/** Rows as a table. The charge that the statement names is that of the whole proof, in one call, as it was charged. */
const tableOf = (
  rows: readonly Keyed[],
  columns: readonly string[],
  whole: Proven,
  rules: Rules,
  thresholds: number,
): Protected =>
  mint.protected({
    columns: [...columns, 'estimate', 'lo95', 'hi95', 'persons'],
    rows: arrange(rows, { order: [] }),
    statement: statement({
      profile: 'standard',
      k: rules.k,
      variance: rules.variance,
      rounding: rules.rounding,
      rho: charge(whole, rules.variance).rho,
      thresholds,
    }),
  })

/**
 * Runs a reducer over a frame in the `standard` profile: every cell of the public grid is noised, groups that may not
 * be shown are absent, and what leaves is (labels, of, estimate, lo95, hi95, persons). `parts` share one table and are
 * charged together as `whole`. Throws a RangeError where a person could be in several cells or a label is open.
 */
export function reduceParts(
  whole: Proven,
  parts: readonly Reduction[],
  rules: Rules,
  noise: NoiseKey,
): Protected {
  const [first] = parts
  if (first === undefined) throw new RangeError('a reducer without a part')
  const used = consumed(first.reducer)
  const labels = first.proven.labels.flatMap((l, i) => (used.includes(i) ? [] : [l.name]))
  return tableOf(
    parts.flatMap((part, i) => rowsOf(part, rules, noise, i)),
    [...labels, ...subjectOf(first.reducer)],
    whole,
    rules,
    parts.reduce((n, { reducer }) => n + gatesOf(reducer), 0),
  )
}

/** The same for a reducer of one part. */
export const reduce = (
  aggregate: Aggregate,
  proven: Proven,
  reducer: SummedReducer,
  rules: Rules,
  noise: NoiseKey,
): Protected => reduceParts(proven, [{ aggregate, proven, reducer }], rules, noise)

/**
 * Fits a logistic or Poisson model by noised steps in the `standard` profile. `ask` answers the exact sums at given
 * coefficients; it is asked `steps` times, fewer only where a noised step says so. The statistics of the proof share
 * the charge: one for the persons, the others for all steps together. Throws an Error when the proof bounds other sums
 * than the noise is scaled to.
 */
export async function reduceModel(
  proven: Proven,
  reducer: ModelReducer,
  ask: (beta: readonly number[]) => Promise<Aggregate>,
  rules: Rules,
  noise: NoiseKey,
): Promise<Protected> {
  const spec = specOf(proven, reducer, rules.variance)
  const start = await ask(reducer.terms.map(() => 0))
  // the sums beside the persons are noised by the steps
  const [persons] = noisedGrid(start, proven, rules, noise, (s) => s.id === reducer.persons)
  if (persons === undefined) throw new Error('a model has one cell')
  const at = (ids: readonly string[]) => ids.map((id) => indexOf(proven, id))
  const [score, information] = [at(reducer.score), at(reducer.information)]
  const fit = await glm(
    spec,
    async (beta) => {
      const { sums } = onlyCell(beta.every((b) => b === 0) ? start : await ask(beta))
      const take = (of: readonly number[]): bigint[] => of.map((i) => sums[i] as bigint)
      return { score: take(score), information: take(information) }
    },
    noise,
    questionKey(proven, rules),
    reducer.units,
  )
  const may = shownAt(rules.k)([persons], reducer.persons)
  const n = persons.noisy[reducer.persons] as Noisy
  const rows = (may ? (fit ?? []) : []).map((estimate, i) => ({
    key: [i],
    row: cellsOf({ of: [reducer.terms[i] ?? null], estimate, persons: n }, rules.rounding),
  }))
  return tableOf(rows, subjectOf(reducer), proven, rules, 1)
}

const indexOf = (proven: Proven, id: string): number =>
  proven.statistics.findIndex((s) => s.id === id)

function onlyCell(aggregate: Aggregate): Aggregate['cells'][number] {
  const [cell, more] = aggregate.cells
  if (cell === undefined || more !== undefined) throw new Error('a model has one cell')
  return cell
}

function specOf(proven: Proven, reducer: ModelReducer, variance: number): GlmSpec {
  const { kind, clip, peak, scale, steps, terms } = reducer
  const { rho, perStatistic } = charge(proven, variance)
  const spec: GlmSpec = {
    family: kind,
    columns: terms,
    clip,
    peak,
    scale,
    steps,
    rho: rho - (perStatistic[reducer.persons]?.rho ?? rho),
  }
  const bounds = boundsOf(spec)
  const asProven = (ids: readonly string[], of: readonly Readonly<{ lo: number; hi: number }>[]) =>
    ids.length === of.length &&
    ids.every((id, i) => {
      const s = proven.statistics[indexOf(proven, id)]
      const b = of[i]
      return s !== undefined && b !== undefined && s.scale === scale && s.lo >= b.lo && s.hi <= b.hi
    })
  if (
    proven.cellsPerPerson !== 1 ||
    !asProven(reducer.score, bounds.score) ||
    !asProven(reducer.information, bounds.information)
  )
    throw new Error('the model does not fit its proof')
  return spec
}
