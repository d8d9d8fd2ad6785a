import type { Domain } from '../domain/dataset.ts'
import type { Aggregate, Cell } from '../domain/glass.ts'
import type { Proven, Statistic } from '../domain/proven.ts'
import { charge } from './charge.ts'
import { toNumber } from './rational.ts'
import type { Noisy } from './reduce/estimate.ts'
import { cellKey, type NoiseKey, noiseFor, questionKey } from './stream.ts'

/** A cell of the public grid with every statistic noised, in its own unit. What may be shown is decided by group. */
export type GridCell = Readonly<{
  labels: readonly Cell[]
  noisy: Readonly<Record<string, Noisy>>
  /** True contributing persons; never leaves this room, decides k only. */
  persons: Readonly<Record<string, number>>
}>

/** Cells that one reducer may span. */
export const MOST_CELLS = 50_000

/** The values of a closed public domain, and null. Throws a RangeError for an open one. */
export function valuesOf(domain: Domain, values: readonly Cell[] | undefined): readonly Cell[] {
  const known = ((): readonly Cell[] => {
    if (values) return values
    switch (domain.kind) {
      case 'enum':
        return domain.values
      case 'codes':
        if (domain.values) return domain.values
        break
      case 'boolean':
        return [false, true]
      case 'range': {
        const steps = Math.round((domain.max - domain.min) / domain.step)
        if (steps >= MOST_CELLS) break
        return Array.from({ length: steps + 1 }, (_, i) => domain.min + i * domain.step)
      }
      case 'dates':
      case 'person':
      case 'open':
        break
    }
    throw new RangeError('a label without a closed public domain')
  })()
  return known.includes(null) ? known : [...known, null]
}

const product = (lists: readonly (readonly Cell[])[]): Cell[][] =>
  lists.reduce<Cell[][]>((rows, list) => rows.flatMap((r) => list.map((v) => [...r, v])), [[]])

/**
 * Every cell of the public grid, noised: also where nobody is, because a reducer that adds cells up would otherwise
 * learn from which are missing. The noise of a cell is that of `protect` for the same question. Throws a RangeError for
 * open labels or more than MOST_CELLS cells, an Error when a cell of the aggregate is not on the grid. `of` chooses the
 * statistics, where others are noised in another way.
 */
export function noisedGrid(
  aggregate: Aggregate,
  proven: Proven,
  rules: Readonly<{ variance: number; workspace: string }>,
  noise: NoiseKey,
  of: (s: Statistic) => boolean = () => true,
): GridCell[] {
  const charged = charge(proven, rules.variance)
  const question = questionKey(proven, rules)
  const domains = proven.labels.map((l) => valuesOf(l.domain, l.values))
  if (domains.reduce((n, d) => n * d.length, 1) > MOST_CELLS)
    throw new RangeError('the public grid has too many cells')
  const found = new Map(aggregate.cells.map((c) => [cellKey(c.labels), c]))
  if (found.size !== aggregate.cells.length) throw new Error('the aggregate does not fit its proof')
  const grid = product(domains).map((labels): GridCell => {
    const key = cellKey(labels)
    const cell = found.get(key)
    found.delete(key)
    const noised = proven.statistics.flatMap((s, i): [string, Noisy][] => {
      if (!of(s)) return []
      const { variance } = charged.perStatistic[s.id] as (typeof charged.perStatistic)[string]
      const drawn = noiseFor(noise, { question, cell: key, statistic: s.id }, variance)
      const x = Number((cell?.sums[i] ?? 0n) + drawn) / s.scale
      return [[s.id, { x, v: toNumber(variance) / s.scale ** 2 }]]
    })
    return {
      labels,
      noisy: Object.fromEntries(noised),
      persons: Object.fromEntries(proven.statistics.map((s, i) => [s.id, cell?.persons[i] ?? 0])),
    }
  })
  if (found.size > 0) throw new Error('a cell outside the public grid')
  return grid
}
