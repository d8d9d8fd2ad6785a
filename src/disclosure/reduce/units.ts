import type { Units } from '../../domain/reducer.ts'
import { type Estimate, estimate } from './estimate.ts'
import { multiply } from './matrix.ts'

/** Coefficients with their covariance, sampling and privacy noise together. */
export type Fit = Readonly<{
  beta: readonly number[]
  covariance: readonly (readonly number[])[]
}>

/**
 * A fit on public scales told in the columns' own units: y = middle + half (b0 + sum of bj zj) with zj = (xj - middle j)
 * / half j. A linear map of the coefficients, so their covariance goes with it. Without units the fit stays as it is.
 */
export function inUnits({ beta, covariance }: Fit, units?: Units): readonly Estimate[] {
  const at = (c: readonly (readonly number[])[], i: number): number => c[i]?.[i] as number
  if (units === undefined) return beta.map((b, i) => estimate(b, at(covariance, i)))
  const { outcome, terms } = units
  const map = beta.map((_, i) =>
    beta.map((_, j) => {
      const { middle, half } = terms[j] as Units['terms'][number]
      if (i === 0) return j === 0 ? outcome.half : (-outcome.half * middle) / half
      return i === j ? outcome.half / half : 0
    }),
  )
  const transposed = map.map((_, i) => map.map((row) => row[i] as number))
  const moved = multiply(multiply(map, covariance), transposed)
  return map.map((row, i) => {
    const value = row.reduce((t, m, j) => t + m * (beta[j] as number), i === 0 ? outcome.middle : 0)
    return estimate(value, at(moved, i))
  })
}
