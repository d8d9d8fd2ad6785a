import { type Estimate, estimate, type Noisy } from './estimate.ts'

/** Mean and spread from noised n, sum and sum of squares of a clamped value. */
export function mean(
  n: Noisy,
  sum: Noisy,
  squares: Noisy,
  bounds: Readonly<{ lo: number; hi: number }>,
): Readonly<{ mean: Estimate; spread: number }> {
  const size = Math.max(1, n.x)
  const m = sum.x / size
  // no clamped value can spread further than half its range
  const most = ((bounds.hi - bounds.lo) / 2) ** 2
  const variance = Math.min(most, Math.max(0, squares.x / size - m ** 2))
  // where noise leaves the spread unknown, it may be as large as its own error
  const unsure = Math.sqrt(squares.v + 4 * m ** 2 * sum.v + m ** 4 * n.v) / size
  const sampling = Math.min(most, variance + 2 * unsure)
  const noise = (sum.v + m ** 2 * n.v) / size ** 2
  return {
    mean: estimate(m, sampling / size + noise, bounds.lo, bounds.hi),
    spread: Math.sqrt(variance),
  }
}
