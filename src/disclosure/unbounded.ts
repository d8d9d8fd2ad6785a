import type { PrivacyStatement } from '../domain/glass.ts'

/** Stands for "no bound" in meters and statements, where infinity cannot be written. */
export const UNBOUNDED = 1e9

/** The statement of a profile that gives no bound: whoever reads it is told so, in numbers and in words. */
export const unbounded = (
  profile: 'reviewed' | 'cube',
  k: number,
  words: string,
): PrivacyStatement => ({
  profile,
  k,
  rho: UNBOUNDED,
  epsilon: UNBOUNDED,
  delta: 1,
  mu: UNBOUNDED,
  worstCaseAdvantage: 1,
  effectiveThreshold: k,
  rounding: 0,
  words,
})
