import type { PrivacyStatement } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import { effectiveThreshold, epsilonOf, muOf, thresholdTerm, worstCase } from './bounds.ts'
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
  const { profile, k, variance, rounding, rho, thresholds } = spending
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
  }
  return { ...numbers, words: inWords(numbers, variance) }
}

/** Cells of persons statistics that one person can enter under this query. */
export const thresholdsOf = ({ statistics, cellsPerPerson }: Proven): number =>
  cellsPerPerson * statistics.filter((s) => s.kind === 'persons').length

/** The statement of a whole permit: its budget spent on count tables at the given variance; for `reviewed`, no bound. */
export const permitStatement = (
  conditions: Readonly<{
    profile?: PrivacyStatement['profile']
    k: number
    variance: number
    rounding: number
    rho: number
  }>,
): PrivacyStatement =>
  conditions.profile === 'reviewed'
    ? reviewedStatement(conditions.k)
    : statement({
        ...conditions,
        profile: 'standard',
        thresholds: Math.max(1, Math.floor(conditions.rho * conditions.variance + 1e-9)),
      })
