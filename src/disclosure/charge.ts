import { Problem } from '../domain/problem.ts'
import type { Proven, Statistic } from '../domain/proven.ts'
import { type Rational, rational } from './rational.ts'

/**
 * The accountant. It reads what was proven and nothing else: no data, no result, no error, so the meter itself says
 * nothing of any person, and a run is charged before it starts.
 */

/** What one statistic costs and how much noise it gets. */
export type StatisticCharge = Readonly<{
  /** zCDP of this statistic over all its cells, when one person's records are replaced by any others. */
  rho: number
  /** Squared L2 sensitivity, lattice units squared. */
  sensitivity: bigint
  /** Variance of the discrete Gaussian of every cell, lattice units squared; exact. */
  variance: Rational
}>
export type Charge = Readonly<{
  rho: number
  perStatistic: Readonly<Record<string, StatisticCharge>>
}>

/** Least and greatest noise variance of a count that may be asked for, persons squared. */
export const varianceRange = { min: 1, max: 1_000_000 } as const

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const square = (a: bigint): bigint => a * a

/**
 * Squared L2 sensitivity of a statistic per cell pair, C left out. A replaced person leaves some cells and enters
 * others, at most C each: two different cells change by at most max(|lo|, |hi|) each, one cell by at most hi - lo.
 * A count has lo = 0 and hi = 1, hence 2.
 */
function pairSensitivity({ kind, lo, hi }: Statistic): bigint {
  if (kind === 'persons') return 2n
  const [low, high] = [BigInt(lo), BigInt(hi)]
  return max(2n * max(square(low), square(high)), square(high - low))
}

function assertSound({ statistics, cellsPerPerson }: Proven): void {
  const whole = Number.isSafeInteger
  const sound = (s: Statistic): boolean =>
    whole(s.lo) &&
    whole(s.hi) &&
    s.lo <= s.hi &&
    s.scale > 0 &&
    (s.kind === 'persons'
      ? s.lo >= 0 && s.hi <= 1
      : statistics.some((p) => p.id === s.contributors && p.kind === 'persons'))
  if (!whole(cellsPerPerson) || cellsPerPerson < 1) throw new Error('cellsPerPerson is not proven')
  if (!statistics.every(sound)) throw new Error('a statistic without proven bounds')
  if (new Set(statistics.map((s) => s.id)).size !== statistics.length)
    throw new Error('two statistics with one id')
}

/**
 * Charges rho = S / (2 V) per statistic (Bun and Steinke 2016, proposition 1.6; the discrete Gaussian: Canonne, Kamath,
 * Steinke 2020, theorem 4) where a count has S = 2 C and variance V = `variance` (persons squared). The lattice noise of
 * a sum is scaled to its own S so that every statistic costs the same C / V. Throws `invalid-input` for a variance
 * outside `varianceRange`, an Error for a Proven that is not sound.
 */
export function charge(proven: Proven, variance: number): Charge {
  if (!(variance >= varianceRange.min && variance <= varianceRange.max))
    throw new Problem('invalid-input', {
      rule: 'variance-range',
      place: '/variance',
      reason: `the noise variance of a count lies between ${varianceRange.min} and ${varianceRange.max}`,
      fix: 'Ask for a variance such as 40.',
    })
  assertSound(proven)
  const cells = BigInt(proven.cellsPerPerson)
  const ofCount = rational(variance)
  const rho = proven.cellsPerPerson / variance
  const charged = (s: Statistic): StatisticCharge => {
    const pair = max(pairSensitivity(s), 1n)
    // V_sum = S / (2 rho) = C pair V / (2 C)
    return {
      rho,
      sensitivity: cells * pair,
      variance: { p: ofCount.p * pair, q: ofCount.q * 2n },
    }
  }
  return {
    rho: rho * proven.statistics.length,
    perStatistic: Object.fromEntries(proven.statistics.map((s) => [s.id, charged(s)])),
  }
}
