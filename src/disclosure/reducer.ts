import type { Cell } from '../domain/glass.ts'
import type { GridCell } from './grid.ts'
import { type Estimate, type Noisy, sumOf } from './reduce/estimate.ts'
import { linear } from './reduce/linear.ts'
import { mean } from './reduce/moments.ts'
import { quantile } from './reduce/quantile.ts'
import { count, proportion, rate, standardisedRate } from './reduce/ratio.ts'
import { survival } from './reduce/survival.ts'

/** What a run may ask of a frame with one row per person. Names are ids of statistics and indexes of labels. */
export type Reducer =
  | Readonly<{ kind: 'count'; persons: string }>
  | Readonly<{ kind: 'proportion'; part: string; whole: string }>
  | Readonly<{ kind: 'rate'; events: string; time: string; persons: string; per: number }>
  | Readonly<{
      kind: 'std_rate'
      events: string
      time: string
      persons: string
      per: number
      /** Label whose values are the strata, and their public weights, for example the European Standard Population. */
      stratum: number
      weights: readonly (readonly [Cell, number])[]
    }>
  | Readonly<{
      kind: 'mean'
      persons: string
      sum: string
      squares: string
      lo: number
      hi: number
    }>
  | Readonly<{
      kind: 'quantile'
      persons: string
      /** Label whose values are the lower edges of the bins, in order; `top` closes the last bin. */
      bin: number
      edges: readonly number[]
      top: number
      quantiles: readonly number[]
    }>
  /** Counts along a public grid of times; a point that is not shown is absent. */
  | Readonly<{ kind: 'series'; persons: string }>
  /** Persons left after each step, and those lost; a drop is a cell with a threshold of its own. */
  | Readonly<{ kind: 'flow'; step: number; persons: string; steps: readonly Cell[] }>
  | Readonly<{
      kind: 'km'
      persons: string
      interval: number
      /** Value of the interval label and the time it ends at. */
      until: readonly (readonly [Cell, number])[]
      ended: number
      event: Cell
    }>
  | Readonly<{
      kind: 'linear'
      persons: string
      terms: readonly string[]
      xx: readonly string[]
      xy: readonly string[]
      yy: string
    }>

/** Whether a set of cells may speak: k true persons, and the noisy count with its margin (group.ts). */
export type Shown = (cells: readonly GridCell[], persons: string) => boolean

export type ReducedRow = Readonly<{
  /** What the row is about beyond the group's labels: a quantile, a time, a step, a term. */
  of: Cell
  estimate: Estimate
  /** Noisy persons behind the row. */
  persons: Noisy
}>

const total = (cells: readonly GridCell[], id: string): Noisy =>
  sumOf(cells.map((c) => c.noisy[id] as Noisy))

/** Which labels a reducer uses up; the others make the groups. */
export function consumed(r: Reducer): readonly number[] {
  switch (r.kind) {
    case 'std_rate':
      return [r.stratum]
    case 'quantile':
      return [r.bin]
    case 'flow':
      return [r.step]
    case 'km':
      return [r.interval, r.ended]
    case 'count':
    case 'proportion':
    case 'rate':
    case 'mean':
    case 'series':
    case 'linear':
      return []
  }
}

/** Thresholds that one person can stand at, for the part of delta that they cost. */
export function gatesOf(r: Reducer): number {
  switch (r.kind) {
    case 'count':
    case 'series':
    case 'mean':
    case 'quantile':
    case 'linear':
      return 1
    case 'proportion':
    case 'rate':
    case 'std_rate':
      return 2
    case 'flow':
      return 2 * r.steps.length
    case 'km':
      return r.until.length
  }
}

/** The rows of one group. Post-processing of noised numbers alone, but for `shown`. */
export function reduceGroup(r: Reducer, cells: readonly GridCell[], shown: Shown): ReducedRow[] {
  const row = (of: Cell, estimate: Estimate, id: string): ReducedRow => ({
    of,
    estimate,
    persons: total(cells, id),
  })
  switch (r.kind) {
    case 'count':
    case 'series':
      return shown(cells, r.persons) ? [row(null, count(total(cells, r.persons)), r.persons)] : []
    case 'proportion':
      return shown(cells, r.part) && shown(cells, r.whole)
        ? [row(null, proportion(total(cells, r.part), total(cells, r.whole)), r.whole)]
        : []
    case 'rate':
      return shown(cells, r.persons) && shown(cells, r.events)
        ? [row(null, rate(total(cells, r.events), total(cells, r.time), r.per), r.persons)]
        : []
    case 'std_rate': {
      const strata = r.weights.flatMap(([value, weight]) => {
        const inside = cells.filter((c) => c.labels[r.stratum] === value)
        return shown(inside, r.persons) && shown(inside, r.events)
          ? [{ events: total(inside, r.events), time: total(inside, r.time), weight }]
          : []
      })
      const all = r.weights.reduce((t, [, w]) => t + w, 0)
      const done = standardisedRate(strata, all, r.per)
      return done ? [row(Number(done.covered.toFixed(2)), done, r.persons)] : []
    }
    case 'mean': {
      if (!shown(cells, r.persons)) return []
      const [n, s, q] = [r.persons, r.sum, r.squares].map((id) => total(cells, id)) as [
        Noisy,
        Noisy,
        Noisy,
      ]
      return [row(null, mean(n, s, q, r).mean, r.persons)]
    }
    case 'quantile': {
      const bins = r.edges.map((e) => cells.filter((c) => c.labels[r.bin] === e))
      if (!shown(bins.flat(), r.persons)) return []
      const noisy = bins.map((b) => total(b, r.persons))
      return r.quantiles.map((q) => ({
        of: q,
        estimate: quantile(noisy, [...r.edges, r.top], q),
        persons: sumOf(noisy),
      }))
    }
    case 'flow':
      return r.steps.flatMap((step, i) => {
        // the label is the last step that a person reaches; who reaches a later one reached this one
        const left = cells.filter((c) => r.steps.indexOf(c.labels[r.step] ?? null) >= i)
        const lost = cells.filter((c) => r.steps.indexOf(c.labels[r.step] ?? null) === i - 1)
        const may = shown(left, r.persons) && (i === 0 || shown(lost, r.persons))
        const n = total(left, r.persons)
        return may ? [{ of: step, estimate: count(n), persons: n }] : []
      })
    case 'km': {
      const inside = (value: Cell) => cells.filter((c) => c.labels[r.interval] === value)
      const intervals = r.until.map(([value]) => ({
        events: total(
          inside(value).filter((c) => c.labels[r.ended] === r.event),
          r.persons,
        ),
        censored: total(
          inside(value).filter((c) => c.labels[r.ended] !== r.event),
          r.persons,
        ),
      }))
      const points = survival(
        intervals,
        r.until.map(([, t]) => t),
      )
      // a point is shown while those still at risk are enough
      return points.flatMap((p, i) => {
        const atRisk = r.until.slice(i).flatMap(([value]) => inside(value))
        return shown(atRisk, r.persons)
          ? [{ of: p.until, estimate: p.survival, persons: total(atRisk, r.persons) }]
          : []
      })
    }
    case 'linear': {
      if (!shown(cells, r.persons)) return []
      const fit = linear({
        n: total(cells, r.persons),
        xx: r.xx.map((id) => total(cells, id)),
        xy: r.xy.map((id) => total(cells, id)),
        yy: total(cells, r.yy),
      })
      return (fit ?? []).map((e, i) => row(r.terms[i] ?? null, e, r.persons))
    }
  }
}
