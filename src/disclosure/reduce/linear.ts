import type { Units } from '../../domain/reducer.ts'
import type { Estimate, Noisy } from './estimate.ts'
import { inverse, multiply } from './matrix.ts'
import { inUnits } from './units.ts'

/** Noised sufficient statistics of a linear model; `x` includes the column of ones. */
export type Sufficient = Readonly<{
  n: Noisy
  /** Sum of x_i x_j, the upper triangle by rows: (0,0) (0,1) ... (1,1) ... */
  xx: readonly Noisy[]
  /** Sum of x_i y. */
  xy: readonly Noisy[]
  /** Sum of y^2. */
  yy: Noisy
}>

/**
 * Least squares from noisy sufficient statistics. First-order variance: sigma^2 (X'X)^-1 for sampling, and
 * (X'X)^-1 Cov(e_b - E_A beta) (X'X)^-1 for the noise in X'y and X'X. Undefined when the noised X'X is not positive
 * definite: the noise is larger than the information, whatever the data (never a refusal that looks at persons).
 * `units` are those of the answer, where the statistics are of columns on public scales.
 */
export function linear(
  { n, xx, xy, yy }: Sufficient,
  units?: Units,
): readonly Estimate[] | undefined {
  const p = xy.length
  const at = (i: number, j: number): Noisy => {
    const [a, b] = i < j ? [i, j] : [j, i]
    return xx[a * p - (a * (a - 1)) / 2 + (b - a)] as Noisy
  }
  const square = (of: (i: number, j: number) => number): number[][] =>
    Array.from({ length: p }, (_, i) => Array.from({ length: p }, (_, j) => of(i, j)))
  const bread = inverse(square((i, j) => at(i, j).x))
  if (!bread) return undefined
  const beta = bread.map((row) => row.reduce((t, v, j) => t + v * (xy[j] as Noisy).x, 0))
  const fitted = beta.reduce((t, b, i) => t + b * (xy[i] as Noisy).x, 0)
  const noiseOfResidual = yy.v + 4 * beta.reduce((t, b, i) => t + b ** 2 * (xy[i] as Noisy).v, 0)
  const residual = Math.max(0, yy.x - fitted) + Math.sqrt(noiseOfResidual)
  const sigma2 = residual / Math.max(1, n.x - p)
  // e_b - E_A beta: E_A is symmetric with independent entries, so entries i and j share the one at (i, j)
  const meat = square((i, j) => {
    if (i !== j) return at(i, j).v * (beta[i] as number) * (beta[j] as number)
    return (xy[i] as Noisy).v + beta.reduce((t, b, l) => t + b ** 2 * at(i, l).v, 0)
  })
  const noise = multiply(multiply(bread, meat), bread)
  const covariance = square(
    (i, j) => sigma2 * (bread[i]?.[j] as number) + (noise[i]?.[j] as number),
  )
  return inUnits({ beta, covariance }, units)
}
