import type { Cell } from '../domain/glass.ts'
import type { Moments, SummedReducer as Reducer } from '../domain/reducer.ts'
import type { GridCell } from './grid.ts'
import { type Estimate, type Noisy, sumOf } from './reduce/estimate.ts'
import { linear } from './reduce/linear.ts'
import { mean } from './reduce/moments.ts'
import { quantile } from './reduce/quantile.ts'
import { count, proportion, rate, standardisedRate } from './reduce/ratio.ts'
import { survival } from './reduce/survival.ts'

/** Whether a set of cells may speak: k true persons, and the noisy count with its margin (group.ts). */
export type Shown = (cells: readonly GridCell[], persons: string) => boolean

export type ReducedRow = Readonly<{
  /** What the row is about beyond the group's labels: a quantile, a time, a step, a term. */
  of: readonly Cell[]
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
    case 'table1-label':
      return [r.label]
    case 'flow':
      return [r.step]
    case 'km':
      return [r.interval, r.ended]
    case 'count':
    case 'proportion':
    case 'rate':
    case 'mean':
    case 'table1-number':
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
    case 'table1-number':
    case 'linear':
      return 1
    case 'proportion':
    case 'rate':
    case 'std_rate':
    case 'table1-label':
      return 2
    case 'flow':
      return 2 * r.steps.length
    case 'km':
      return r.until.length
  }
}

/** Mean and spread of a value that was measured from a public centre. */
function moments(
  r: Moments,
  cells: readonly GridCell[],
): Readonly<{ mean: Estimate; spread: Estimate }> {
  const { centre } = r
  const done = mean(total(cells, r.persons), total(cells, r.sum), total(cells, r.squares), {
    lo: r.lo - centre,
    hi: r.hi - centre,
  })
  const { value, lo, hi, sd } = done.mean
  return {
    mean: { value: value + centre, lo: lo + centre, hi: hi + centre, sd },
    spread: done.spread,
  }
}

/** The columns of the released table that say what a row is about. */
export const subjectOf = (r: Readonly<{ kind: string }>): readonly string[] =>
  r.kind.startsWith('table1') ? ['of', 'level', 'measure'] : ['of']

/** The rows of one group. Post-processing of noised numbers alone, but for `shown`. */
export function reduceGroup(r: Reducer, cells: readonly GridCell[], shown: Shown): ReducedRow[] {
  const row = (of: Cell, estimate: Estimate, id: string): ReducedRow => ({
    of: [of],
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
      return shown(cells, r.persons) && shown(cells, r.cases)
        ? [row(null, rate(total(cells, r.events), total(cells, r.time), r.per), r.persons)]
        : []
    case 'std_rate': {
      const strata = r.weights.flatMap(([value, weight]) => {
        const inside = cells.filter((c) => c.labels[r.stratum] === value)
        return shown(inside, r.persons) && shown(inside, r.cases)
          ? [{ events: total(inside, r.events), time: total(inside, r.time), weight }]
          : []
      })
      const all = r.weights.reduce((t, [, w]) => t + w, 0)
      const done = standardisedRate(strata, all, r.per)
      return done ? [row(Number(done.covered.toFixed(2)), done, r.persons)] : []
    }
    case 'mean':
      return shown(cells, r.persons) ? [row(null, moments(r, cells).mean, r.persons)] : []
    case 'table1-number': {
      if (!shown(cells, r.persons)) return []
      const { mean: average, spread } = moments(r, cells)
      const persons = total(cells, r.persons)
      return [
        { of: [r.name, null, 'mean'], estimate: average, persons },
        { of: [r.name, null, 'sd'], estimate: spread, persons },
      ]
    }
    case 'table1-label': {
      if (!shown(cells, r.persons)) return []
      const all = total(cells, r.persons)
      return [...r.values, null].flatMap((value) => {
        const inside = cells.filter((c) => c.labels[r.label] === value)
        const persons = total(inside, r.persons)
        return shown(inside, r.persons)
          ? [{ of: [r.name, value, 'share'], estimate: proportion(persons, all), persons }]
          : []
      })
    }
    case 'quantile': {
      const bins = r.edges.map((e) => cells.filter((c) => c.labels[r.bin] === e))
      if (!shown(bins.flat(), r.persons)) return []
      const noisy = bins.map((b) => total(b, r.persons))
      return r.quantiles.map((q) => ({
        of: [q],
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
        return may ? [{ of: [step], estimate: count(n), persons: n }] : []
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
          ? [{ of: [p.until], estimate: p.survival, persons: total(atRisk, r.persons) }]
          : []
      })
    }
    case 'linear': {
      if (!shown(cells, r.persons)) return []
      const sufficient = {
        n: total(cells, r.persons),
        xx: r.xx.map((id) => total(cells, id)),
        xy: r.xy.map((id) => total(cells, id)),
        yy: total(cells, r.yy),
      }
      const fit = linear(sufficient, r.units)
      return (fit ?? []).map((e, i) => row(r.terms[i] ?? null, e, r.persons))
    }
  }
}
