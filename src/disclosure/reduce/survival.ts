import { type Estimate, type Noisy, sumOf, Z } from './estimate.ts'

/** Persons of one interval of the public time grid, by what ended their follow-up there. */
export type Interval = Readonly<{ events: Noisy; censored: Noisy }>
export type SurvivalPoint = Readonly<{ until: number; atRisk: number; survival: Estimate }>

/**
 * Survival on a public time grid (the actuarial form of Kaplan and Meier 1958: persons censored within an interval
 * count half at risk). One person is in one interval, so the histogram costs one count table. The interval is
 * log-minus-log, its variance Greenwood's plus the noise: that of the events of the interval, and of everybody who
 * leaves there or later, for those at risk. Survival never rises (post-processing).
 */
export function survival(
  intervals: readonly Interval[],
  until: readonly number[],
): SurvivalPoint[] {
  if (intervals.length !== until.length) throw new RangeError('a time point per interval')
  const points: SurvivalPoint[] = []
  let s = 1
  let sampling = 0
  // d log S / d noise of each cell, collected so that the same noise in later intervals adds up coherently
  const slope = intervals.map(() => ({ events: 0, censored: 0 }))
  intervals.forEach(({ events, censored }, i) => {
    const leaving = sumOf(intervals.slice(i).flatMap((x) => [x.events, x.censored]))
    const atRisk = Math.max(1, leaving.x - censored.x / 2)
    const d = Math.min(Math.max(0, events.x), 0.99 * atRisk)
    s *= 1 - d / atRisk
    const left = atRisk - d
    sampling += d / (atRisk * left)
    // log(1 - d / r): by d it is -1 / (r - d), by r it is d / (r (r - d))
    const byRisk = d / (atRisk * left)
    slope.forEach((sl, j) => {
      if (j < i) return
      sl.events += byRisk
      sl.censored += j === i ? byRisk / 2 : byRisk
    })
    ;(slope[i] as (typeof slope)[number]).events -= 1 / left
    const noise = slope.reduce((t, sl, j) => {
      const cell = intervals[j] as Interval
      return t + sl.events ** 2 * cell.events.v + sl.censored ** 2 * cell.censored.v
    }, 0)
    points.push({
      until: until[i] as number,
      atRisk: Math.max(0, leaving.x),
      survival: interval(s, sampling + noise),
    })
  })
  return points
}

/** log(-log S) has variance Var(log S) / (log S)^2; near S = 1 a plain interval is the honest one. */
function interval(s: number, variance: number): Estimate {
  const sd = s * Math.sqrt(variance)
  const log = Math.log(Math.min(s, 1 - 1e-9))
  const spread = (Z * Math.sqrt(variance)) / -log
  if (spread > 1.5)
    return { value: s, lo: Math.max(0, s - Z * sd), hi: Math.min(1, s + Z * sd), sd }
  return { value: s, lo: s ** Math.exp(spread), hi: s ** Math.exp(-spread), sd }
}
