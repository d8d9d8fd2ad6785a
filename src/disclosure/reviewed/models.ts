import { inverse } from '../reduce/matrix.ts'

/** Exact models for the `reviewed` profile, as R's glm and survival print them. Rows stay in this room. */

export type Coefficient = Readonly<{ value: number; se: number }>

/** What checkers see beside a model. A release needs sides >= k and leverage <= 1 / k. */
export type ModelEvidence = Readonly<{
  persons: number
  /** Fewest persons on either side of any column: other than its commonest value, or for the outcome 0 or 1. */
  sides: number
  /** Largest weight one person has in their own fitted value. */
  leverage: number
}>

/** Persons who do not have the commonest value of a column; the constant column has no sides. */
export function sidesOf(columns: readonly (readonly number[])[]): number {
  const sides = columns.flatMap((column) => {
    const seen = new Map<number, number>()
    for (const v of column) seen.set(v, (seen.get(v) ?? 0) + 1)
    return seen.size === 1 ? [] : [column.length - Math.max(...seen.values())]
  })
  return sides.length === 0 ? 0 : Math.min(...sides)
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((t, v, i) => t + v * (b[i] as number), 0)

/** The weighted cross product X'WX. */
function cross(x: readonly (readonly number[])[], w: readonly number[]): number[][] {
  const p = x[0]?.length ?? 0
  const sum = Array.from({ length: p }, () => new Array<number>(p).fill(0))
  x.forEach((row, r) => {
    for (let i = 0; i < p; i += 1)
      for (let j = 0; j < p; j += 1) {
        const line = sum[i] as number[]
        line[j] = (line[j] as number) + (w[r] as number) * (row[i] as number) * (row[j] as number)
      }
  })
  return sum
}

const singular = (): RangeError =>
  new RangeError('the columns of the model say the same thing twice')

/**
 * A generalised linear model with canonical link by iteratively reweighted least squares (McCullagh and Nelder 1989,
 * section 2.5), converged as R's glm.control (1e-8 on the deviance, here tighter). `x` includes the column of ones.
 * Throws a RangeError for collinear columns or when 50 steps do not converge (separation).
 */
export function exactGlm(
  family: 'gaussian' | 'logistic' | 'poisson',
  x: readonly (readonly number[])[],
  y: readonly number[],
): Readonly<{ coefficients: readonly Coefficient[]; evidence: ModelEvidence }> {
  const p = x[0]?.length ?? 0
  const link = (eta: number): Readonly<{ mean: number; weight: number }> => {
    if (family === 'gaussian') return { mean: eta, weight: 1 }
    if (family === 'poisson') return { mean: Math.exp(eta), weight: Math.exp(eta) }
    const mean = 1 / (1 + Math.exp(-eta))
    return { mean, weight: mean * (1 - mean) }
  }
  let beta = new Array<number>(p).fill(0)
  for (let step = 0; ; step += 1) {
    const fitted = x.map((row) => link(dot(row, beta)))
    const weights = fitted.map((f) => f.weight)
    const bread = inverse(cross(x, weights))
    if (!bread) throw singular()
    const score = beta.map((_, j) =>
      x.reduce(
        (t, row, i) => t + (row[j] as number) * ((y[i] as number) - (fitted[i]?.mean ?? 0)),
        0,
      ),
    )
    const move = bread.map((row) => dot(row, score))
    if (Math.max(...move.map(Math.abs)) < 1e-10 * (1 + Math.max(...beta.map(Math.abs)))) {
      const residual = x.reduce((t, row, i) => t + ((y[i] as number) - dot(row, beta)) ** 2, 0)
      const dispersion = family === 'gaussian' ? residual / (x.length - p) : 1
      const leverage = Math.max(
        ...x.map(
          (row, i) =>
            (weights[i] as number) *
            dot(
              row,
              bread.map((b) => dot(b, row)),
            ),
        ),
      )
      const columns = beta.map((_, j) => x.map((row) => row[j] as number))
      return {
        coefficients: beta.map((value, j) => ({
          value,
          se: Math.sqrt(dispersion * (bread[j]?.[j] as number)),
        })),
        evidence: {
          persons: x.length,
          sides: sidesOf(family === 'logistic' ? [...columns, y] : columns),
          leverage,
        },
      }
    }
    if (step === 50)
      throw new RangeError('the model does not converge: an outcome is fully determined')
    // halved until no fitted value runs away
    const size = Math.max(...x.map((row) => Math.abs(dot(row, move))))
    beta = beta.map((b, j) => b + (move[j] as number) * Math.min(1, 20 / size))
  }
}

export type Followed = Readonly<{ time: number; event: boolean; x: readonly number[] }>

/**
 * Cox's proportional hazards with Efron's ties (1977), as R's survival::coxph does by default: Newton on the partial
 * likelihood from zero. Throws a RangeError for collinear columns or no convergence.
 */
export function exactCox(
  people: readonly Followed[],
): Readonly<{ coefficients: readonly Coefficient[]; evidence: ModelEvidence }> {
  const p = people[0]?.x.length ?? 0
  const byTime = people.toSorted((a, b) => b.time - a.time)
  let beta = new Array<number>(p).fill(0)
  for (let step = 0; ; step += 1) {
    const score = new Array<number>(p).fill(0)
    const information = Array.from({ length: p }, () => new Array<number>(p).fill(0))
    // sums over those at risk, growing from the last time to the first
    const risk = sumsOf(p)
    for (let from = 0; from < byTime.length; ) {
      const time = byTime[from]?.time
      let to = from
      while (byTime[to]?.time === time) to += 1
      const here = byTime.slice(from, to)
      for (const one of here) add(risk, one.x, Math.exp(dot(one.x, beta)))
      const dead = here.filter((d) => d.event)
      const tied = sumsOf(p)
      for (const one of dead) add(tied, one.x, Math.exp(dot(one.x, beta)))
      dead.forEach((one, l) => {
        const f = l / dead.length
        const s0 = risk.s0 - f * tied.s0
        const mean = risk.s1.map((v, j) => (v - f * (tied.s1[j] as number)) / s0)
        for (let i = 0; i < p; i += 1) {
          score[i] = (score[i] as number) + (one.x[i] as number) - (mean[i] as number)
          for (let j = 0; j < p; j += 1) {
            const s2 = ((risk.s2[i]?.[j] as number) - f * (tied.s2[i]?.[j] as number)) / s0
            const row = information[i] as number[]
            row[j] = (row[j] as number) + s2 - (mean[i] as number) * (mean[j] as number)
          }
        }
      })
      from = to
    }
    const bread = inverse(information)
    if (!bread) throw singular()
    const move = bread.map((row) => dot(row, score))
    if (Math.max(...move.map(Math.abs)) < 1e-10 * (1 + Math.max(...beta.map(Math.abs)))) {
      const columns = beta.map((_, j) => people.map((q) => q.x[j] as number))
      return {
        coefficients: beta.map((value, j) => ({ value, se: Math.sqrt(bread[j]?.[j] as number) })),
        evidence: {
          persons: people.length,
          sides: sidesOf([...columns, people.map((q) => Number(q.event))]),
          leverage: coxLeverage(columns, bread),
        },
      }
    }
    if (step === 50) throw new RangeError('the model does not converge')
    beta = beta.map((b, j) => b + (move[j] as number))
  }
}

type Sums = { s0: number; s1: number[]; s2: number[][] }
const sumsOf = (p: number): Sums => ({
  s0: 0,
  s1: new Array<number>(p).fill(0),
  s2: Array.from({ length: p }, () => new Array<number>(p).fill(0)),
})
function add(sums: Sums, x: readonly number[], weight: number): void {
  sums.s0 += weight
  x.forEach((v, i) => {
    sums.s1[i] = (sums.s1[i] as number) + weight * v
    x.forEach((w, j) => {
      const row = sums.s2[i] as number[]
      row[j] = (row[j] as number) + weight * v * w
    })
  })
}

/** An upper bound: each person's distance from the mean in the metric of the information, as if always at risk. */
function coxLeverage(
  columns: readonly (readonly number[])[],
  bread: readonly (readonly number[])[],
): number {
  const means = columns.map((c) => c.reduce((a, b) => a + b, 0) / c.length)
  const n = columns[0]?.length ?? 0
  let most = 0
  for (let i = 0; i < n; i += 1) {
    const d = columns.map((c, j) => (c[i] as number) - (means[j] as number))
    most = Math.max(
      most,
      dot(
        d,
        bread.map((row) => dot(row, d)),
      ),
    )
  }
  return Math.min(1, most)
}

/** Kaplan and Meier (1958) at every time with an event, with Greenwood's standard error of S. */
export function exactKm(
  people: readonly Readonly<{ time: number; event: boolean }>[],
): readonly Readonly<{
  time: number
  atRisk: number
  events: number
  survival: number
  se: number
}>[] {
  const times = [...new Set(people.filter((p) => p.event).map((p) => p.time))].sort((a, b) => a - b)
  let [s, greenwood] = [1, 0]
  return times.map((time) => {
    const atRisk = people.filter((p) => p.time >= time).length
    const events = people.filter((p) => p.time === time && p.event).length
    s *= 1 - events / atRisk
    greenwood += events / (atRisk * (atRisk - events))
    return { time, atRisk, events, survival: s, se: s === 0 ? 0 : s * Math.sqrt(greenwood) }
  })
}
