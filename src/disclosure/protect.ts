import { type Aggregate, type Cell, mint, type Protected } from '../domain/glass.ts'
import type { OutputColumn, Proven } from '../domain/proven.ts'
import { type Noised, type NoisedCell, noisedCells } from './cells.ts'
import { charge } from './charge.ts'
import { arrange, passes } from './order.ts'
import { toBase, toDigits, toNoise } from './round.ts'
import { statement, thresholdsOf } from './statement.ts'
import { type NoiseKey, questionKey } from './stream.ts'

/** A value that may not be shown stands as null in a row that is otherwise shown; a label is never withheld. */
export const WITHHELD = null

/** What the permit asks of a table in the `standard` profile. */
export type Rules = Readonly<{
  profile: 'standard'
  /** Least number of contributing persons. */
  k: number
  /** Noise variance of a count, persons squared. */
  variance: number
  /** Base that counts are rounded to; 0 or 1 for none. */
  rounding: number
  /** Digest of the workspace that was asked; another one gets fresh noise. */
  workspace: string
  /** Rows of one person that count, per table read; told in the statement. */
  rowsPerPerson?: Readonly<Record<string, number>>
}>

function shownValue(noised: Noised, rounding: number): Cell {
  if (noised.statistic.kind === 'persons') return toBase(Number(noised.value), rounding)
  const { x, sd } = inUnits(noised)
  return toNoise(x, sd)
}

/**
 * A quotient of two noised numbers, each in its own unit. A mean stays within the bounds of what is averaged. Where noise
 * has left no positive denominator there is nothing to divide by, and the value is withheld: by noised numbers alone.
 */
function ratioOf(above: Noised, below: Noised): Cell {
  const [n, d] = [inUnits(above), inUnits(below)]
  if (!(d.x > 0)) return WITHHELD
  const ratio = n.x / d.x
  // first-order error of a quotient of two independent noisy numbers
  const sd = Math.sqrt(n.sd ** 2 + (ratio * d.sd) ** 2) / d.x
  const { lo, hi, scale, contributors } = above.statistic
  const mean = contributors === below.statistic.id && above.statistic.kind === 'sum'
  return toNoise(mean ? Math.min(hi / scale, Math.max(lo / scale, ratio)) : ratio, sd)
}

const inUnits = ({ value, sd, statistic }: Noised): Readonly<{ x: number; sd: number }> => ({
  x: Number(value) / statistic.scale,
  sd: sd / statistic.scale,
})

const asked = (cell: Cell, digits: number | undefined): Cell =>
  typeof cell === 'number' ? toDigits(cell, digits) : cell

function columnOf(column: OutputColumn, cell: NoisedCell, rounding: number): Cell {
  switch (column.kind) {
    case 'label':
      return cell.labels[column.label] ?? null
    case 'value': {
      const noised = cell.shown[column.statistic]
      return noised ? asked(shownValue(noised, rounding), column.digits) : WITHHELD
    }
    case 'ratio': {
      const above = cell.shown[column.numerator]
      const below = cell.shown[column.denominator]
      return above && below ? asked(ratioOf(above, below), column.digits) : WITHHELD
    }
  }
}

/**
 * The only way from exact to protected in the `standard` profile (design/disclosure.md section 3): noise on every
 * statistic, threshold with its margin, then rounding, means, order and limit as post-processing of what may be shown.
 * A row without one shown value is absent. The answer is a function of the data, the proof, the rules and the noise key:
 * the same question on the same workspace gives the same bytes. Throws `invalid-input` (variance), an Error on a misfit.
 */
export function protect(
  aggregate: Aggregate,
  proven: Proven,
  rules: Rules,
  noise: NoiseKey,
): Protected {
  const charged = charge(proven, rules.variance)
  const question = questionKey(proven, rules)
  const cells = noisedCells(aggregate, proven, charged, { ...rules, question }, noise)
  const rows = cells
    .map((cell) => ({
      key: cell.labels,
      row: proven.output.map((column) => columnOf(column, cell, rules.rounding)),
    }))
    .filter(({ row }) => proven.output.some((c, i) => c.kind !== 'label' && row[i] !== WITHHELD))
    .filter(({ row }) => passes(row, proven.having ?? []))
  return mint.protected({
    columns: proven.output.map((c) => c.name),
    rows: arrange(rows, proven),
    statement: statement({
      profile: 'standard',
      k: rules.k,
      variance: rules.variance,
      rounding: rules.rounding,
      rho: charged.rho,
      thresholds: thresholdsOf(proven),
      cellsPerPerson: proven.cellsPerPerson,
      ...(rules.rowsPerPerson === undefined ? {} : { rowsPerPerson: rules.rowsPerPerson }),
    }),
  })
}
