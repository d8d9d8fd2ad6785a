import { phi } from './normal.ts'

/** What a zCDP total means, as numbers. All are upper bounds on what any attacker gains, whatever they know. */

/** mu of the Gaussian mechanism with this zCDP: distance of the two worlds in standard deviations of the noise. */
export const muOf = (rho: number): number => Math.sqrt(2 * rho)

/**
 * Largest advantage (accuracy over a fair guess, 0 to 1) in telling two worlds apart that differ in one person:
 * 2 Phi(mu / 2) - 1 for the Gaussian. The discrete Gaussian passes it by a factor under 1 + 1 / (12 V), which is
 * included, so that the printed bound is one (test/disclosure/bounds.test.ts computes the exact distance).
 */
export const worstCase = (rho: number, variance: number): number =>
  Math.min(1, (2 * phi(muOf(rho) / 2) - 1) * (1 + 1 / (12 * variance)))

/**
 * Least epsilon such that rho-zCDP implies (epsilon, delta)-differential privacy by the optimal-order conversion
 * (Canonne, Kamath, Steinke 2020, proposition 12). Tighter than rho + 2 sqrt(rho ln(1/delta)); every order is valid, the best is searched.
 */
export function epsilonOf(rho: number, delta: number): number {
  if (rho === 0) return 0
  const at = (logOrder: number): number => {
    const above = Math.exp(logOrder) // alpha - 1
    const alpha = 1 + above
    return (
      rho * alpha + (Math.log(1 / delta) - alpha * Math.log1p(1 / above) - Math.log(above)) / above
    )
  }
  let [low, high] = [-10, 25]
  for (let i = 0; i < 200; i += 1) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3]
    if (at(a) < at(b)) high = b
    else low = a
  }
  return Math.max(0, Math.min(at((low + high) / 2), rho + 2 * Math.sqrt(rho * Math.log(1 / delta))))
}

/** P(N >= least) for discrete Gaussian noise of this variance, by summing it. */
export function noiseTail(variance: number, least: number): number {
  const weight = (x: number): number => Math.exp(-(x * x) / (2 * variance))
  const reach = Math.ceil(40 * Math.sqrt(variance))
  let [all, above] = [0, 0]
  for (let x = reach; x >= -reach; x -= 1) {
    all += weight(x)
    if (x >= least) above += weight(x)
  }
  return above / all
}

/** Least noisy count that is published: k and five standard deviations of the noise. */
export const effectiveThreshold = (k: number, variance: number): number =>
  Math.ceil(k + 5 * Math.sqrt(variance))

/**
 * Chance, per cell of a persons statistic that one person can enter and one that they can leave, that the check of the
 * true count changes what is seen: once on k - 1 persons published but for the check, once on k published.
 */
export const thresholdTerm = (k: number, variance: number): number => {
  const least = effectiveThreshold(k, variance)
  return noiseTail(variance, least - k) + noiseTail(variance, least - k + 1)
}
