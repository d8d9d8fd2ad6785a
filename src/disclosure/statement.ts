import type { Dictionary } from '../domain/dataset.ts'
import type { PrivacyStatement } from '../domain/glass.ts'
import type { Conditions } from '../domain/permit.ts'
import type { Proven } from '../domain/proven.ts'
import { effectiveThreshold, epsilonOf, muOf, thresholdTerm, worstCase } from './bounds.ts'
import { charge } from './charge.ts'
import { cubeStatement } from './cube/statement.ts'
import { reviewedStatement } from './reviewed/statement.ts'

/** delta of the (epsilon, delta) reading, both halves together. */
export const DELTA = 1e-6

/** What a statement is made from; no data enters. */
export type Spending = Readonly<{
  profile: 'standard'
  k: number
  /** Noise variance of a count, persons squared. */
  variance: number
  rounding: number
  /** zCDP spent or, for a permit, granted. */
  rho: number
  /** Thresholded cells that one person can enter: cells per person times persons statistics. */
  thresholds: number
  /** Their chance to show, where it is not the same for all. */
  term?: number
  /** Told with the statement of one table. */
  cellsPerPerson?: number
  rowsPerPerson?: Readonly<Record<string, number>>
}>

const share = (x: number): string => `${(100 * x).toFixed(1)} %`

const inWords = (s: Omit<PrivacyStatement, 'words'>, variance: number): string =>
  [
    `Every number carries random noise (standard deviation ${Math.sqrt(variance).toFixed(1)} persons for a count)`,
    `and comes from at least ${s.k} persons; a count is shown from about ${s.effectiveThreshold} on.`,
    `Somebody who knows everything about everybody but one person, and guesses a yes or no of that person at even odds,`,
    `is right at most ${share(0.5 + s.worstCaseAdvantage / 2)} of the time (advantage ${s.worstCaseAdvantage.toFixed(3)}).`,
    `This is ${s.rho.toPrecision(3)}-zCDP for one person's records replaced by any others:`,
    `(${s.epsilon.toFixed(2)}, ${s.delta.toExponential(1)})-differential privacy by the optimal-order conversion of Canonne, Kamath and Steinke.`,
  ].join(' ')

/**
 * What may be said of a spending, in numbers and words. delta counts the conversion and the chance that the check of
 * the true count shows (thresholdTerm per thresholded cell); it is 1e-6 unless the latter alone needs more.
 */
export function statement(spending: Spending): PrivacyStatement {
  const { profile, k, variance, rounding, rho, thresholds, cellsPerPerson, rowsPerPerson } =
    spending
  const term = spending.term ?? thresholds * thresholdTerm(k, variance)
  const delta = Math.max(DELTA, term / 0.9)
  const numbers = {
    profile,
    k,
    rho,
    epsilon: epsilonOf(rho, delta - term),
    delta,
    mu: muOf(rho),
    worstCaseAdvantage: worstCase(rho, variance),
    effectiveThreshold: effectiveThreshold(k, variance),
    rounding,
    variance,
    ...(cellsPerPerson === undefined ? {} : { cellsPerPerson }),
    ...(rowsPerPerson === undefined ? {} : { rowsPerPerson }),
  }
  return { ...numbers, words: inWords(numbers, variance) }
}

/** Thresholds that one person can pass under this query: cells of persons statistics, or what its reducer decides. */
export const thresholdsOf = ({ statistics, cellsPerPerson, gates = 0 }: Proven): number =>
  Math.max(gates, cellsPerPerson * statistics.filter((s) => s.kind === 'persons').length)

/** Rows of one person that count at most, per table that the question reads (design/disclosure.md section 2). */
export const rowsPerPerson = (
  { tables }: Proven,
  dictionary: Dictionary,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    dictionary
      .filter(({ name }) => tables.includes(name))
      .map(({ name, rowsPerPerson: rows }) => [name, rows.kind === 'one' ? 1 : rows.cap]),
  )

/** What one table spends, with every rule that applies to it: from the proof and the permit alone. */
export const spendingOf = (
  proven: Proven,
  rules: Readonly<{ k: number; variance: number; rounding: number }>,
  dictionary: Dictionary,
): Spending => ({
  profile: 'standard',
  k: rules.k,
  variance: rules.variance,
  rounding: rules.rounding,
  rho: charge(proven, rules.variance).rho,
  thresholds: thresholdsOf(proven),
  cellsPerPerson: proven.cellsPerPerson,
  rowsPerPerson: rowsPerPerson(proven, dictionary),
})

/** What may be said beforehand of tables that no budget bounds. */
export const exactStatement = ({
  profile,
  k,
  lattice,
}: Pick<Conditions, 'profile' | 'k' | 'lattice'>): PrivacyStatement =>
  profile === 'cube' ? cubeStatement(k, lattice?.name ?? '') : reviewedStatement(k)

/** The statement of a whole permit: its budget spent on count tables at the given variance; otherwise no bound. */
export const permitStatement = (
  conditions: Pick<Conditions, 'k' | 'variance' | 'rounding' | 'rho'> &
    Partial<Pick<Conditions, 'profile' | 'lattice'>>,
): PrivacyStatement => {
  const { profile = 'standard', k, variance, rounding, rho } = conditions
  if (profile !== 'standard') return exactStatement({ ...conditions, profile })
  const thresholds = Math.max(1, Math.floor(rho * variance + 1e-9))
  return statement({ profile, k, variance, rounding, rho, thresholds })
}
