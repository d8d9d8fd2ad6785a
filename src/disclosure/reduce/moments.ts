import { type Estimate, estimate, type Noisy, Z } from './estimate.ts'

/** Mean and spread from noised n, sum and sum of squares of a clamped value. */
export function mean(
  n: Noisy,
  sum: Noisy,
  squares: Noisy,
  bounds: Readonly<{ lo: number; hi: number }>,
): Readonly<{ mean: Estimate; spread: Estimate }> {
  const size = Math.max(1, n.x)
  const m = sum.x / size
  // no clamped value can spread further than half its range
  const most = ((bounds.hi - bounds.lo) / 2) ** 2
  const variance = Math.min(most, Math.max(0, squares.x / size - m ** 2))
  // where noise leaves the spread unknown, it may be as large as its own error
  const byCount = Math.max(m ** 2, variance) ** 2 * n.v
  const unsure = Math.sqrt(squares.v + 4 * m ** 2 * sum.v + byCount) / size
  const sampling = Math.min(most, variance + 2 * unsure)
  const noise = (sum.v + m ** 2 * n.v) / size ** 2
  const spread = Math.sqrt(variance)
  // Var(s^2) is (E(x - m)^4 - s^4) / n, and E(x - m)^4 <= range^2 s^2 because nobody is further away than the range. The
  // interval is that of s^2, read through the root: the root is too steep near 0 for an error of its own.
  const fourth = 4 * most * sampling
  const sdOfVariance = Math.sqrt(Math.max(0, fourth - variance ** 2) / size + unsure ** 2)
  const root = (x: number): number => Math.sqrt(Math.min(most, Math.max(0, x)))
  return {
    mean: estimate(m, sampling / size + noise, bounds.lo, bounds.hi),
    spread: {
      value: spread,
      lo: root(variance - Z * sdOfVariance),
      hi: root(variance + Z * sdOfVariance),
      sd: sdOfVariance / Math.max(2 * spread, Math.sqrt(sdOfVariance), Number.MIN_VALUE),
    },
  }
}
