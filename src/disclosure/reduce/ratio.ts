import { type Estimate, estimate, type Noisy } from './estimate.ts'

/** Ratios of protected parts. Variances are first order: sampling plus the noise of both parts. */

/** A count: only the privacy noise is uncertain, the persons themselves were counted. */
export const count = ({ x, v }: Noisy): Estimate => estimate(x, v, 0)

/**
 * A proportion of persons. Agresti and Coull's two added successes and failures keep the sampling part honest near 0
 * and 1; the noise part is that of a quotient.
 */
export function proportion(part: Noisy, whole: Noisy): Estimate {
  const n = Math.max(1, whole.x)
  const raw = part.x / n
  const p = Math.min(1, Math.max(0, (part.x + 2) / (n + 4)))
  const noise = (part.v + raw ** 2 * whole.v) / n ** 2
  return estimate(raw, (p * (1 - p)) / (n + 4) + noise, 0, 1)
}

/** Events per `per` units of person-time: Poisson variance of the events (one added) plus the noise of both parts. */
export function rate(events: Noisy, time: Noisy, per: number): Estimate {
  const t = Math.max(Number.MIN_VALUE, time.x)
  const r = events.x / t
  const variance = (Math.max(0, events.x) + 1 + events.v + r ** 2 * time.v) / t ** 2
  return estimate(per * r, per ** 2 * variance, 0)
}

/**
 * A directly standardised rate: stratum rates weighted by a public standard population. A stratum that is not shown is
 * left out together with its weight; `covered` is the share of the standard that remains. Undefined where nothing does.
 */
export function standardisedRate(
  strata: readonly Readonly<{ events: Noisy; time: Noisy; weight: number }>[],
  all: number,
  per: number,
): (Estimate & Readonly<{ covered: number }>) | undefined {
  const weights = strata.reduce((t, s) => t + s.weight, 0)
  if (weights <= 0) return undefined
  const parts = strata.map((s) => ({ w: s.weight / weights, r: rate(s.events, s.time, per) }))
  const value = parts.reduce((t, { w, r }) => t + w * r.value, 0)
  const variance = parts.reduce((t, { w, r }) => t + w ** 2 * r.sd ** 2, 0)
  return { ...estimate(value, variance, 0), covered: weights / all }
}
