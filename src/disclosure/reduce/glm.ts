import type { Units } from '../../domain/reducer.ts'
import { rational } from '../rational.ts'
import { type NoiseKey, noiseFor } from '../stream.ts'
import type { Estimate } from './estimate.ts'
import { inverse, multiply } from './matrix.ts'
import { inUnits } from './units.ts'

/** A generalised linear model by noised full-batch Newton steps. Everything here is public. */
export type GlmSpec = Readonly<{
  family: 'logistic' | 'poisson'
  /** Columns, that of ones included; every covariate lies in [-1, 1] on a public scale. */
  columns: readonly string[]
  /** Greatest residual of a person that counts; 1 for logistic. */
  clip: number
  /** Greatest mean of a person that counts in the information; 1 for logistic. */
  peak: number
  /** Lattice units per one. */
  scale: number
  steps: number
  /** zCDP of all steps together. */
  rho: number
}>

const clipOf = ({ family, clip }: GlmSpec): number => (family === 'logistic' ? 1 : clip)
const weightOf = (spec: GlmSpec): number => (spec.family === 'logistic' ? 0.25 : spec.peak)

/** What one person adds, on the lattice: the clipped score and the upper triangle of the information. */
export type Contribution = Readonly<{ score: readonly bigint[]; information: readonly bigint[] }>

/** Nearest whole lattice unit, halves away from zero, as the engine rounds. */
const lattice = (v: number, scale: number): bigint =>
  BigInt(Math.sign(v) * Math.round(Math.abs(v) * scale))

/**
 * One person's contribution at `beta`. This is the definition of what an engine has to sum; analysis/model.ts prints it.
 * The two may differ by one lattice unit where their exponential functions differ in the last digit. Nothing rests on
 * that: the noise is scaled to `boundsOf`, which the printing enforces on every lattice value, whatever the data.
 */
export function contribution(
  spec: GlmSpec,
  x: readonly number[],
  y: number,
  beta: readonly number[],
): Contribution {
  const z = x.map((v) => Math.min(1, Math.max(-1, v)))
  const linear = z.reduce((t, v, i) => t + v * (beta[i] as number), 0)
  const mean =
    spec.family === 'logistic' ? 1 / (1 + Math.exp(-linear)) : Math.exp(Math.min(20, linear))
  const clip = clipOf(spec)
  const residual = Math.min(clip, Math.max(-clip, y - mean))
  const weight = Math.min(weightOf(spec), spec.family === 'logistic' ? mean * (1 - mean) : mean)
  return {
    score: z.map((v) => lattice(residual * v, spec.scale)),
    information: z.flatMap((v, i) => z.slice(i).map((w) => lattice(weight * (v * w), spec.scale))),
  }
}

export type Bounds = Readonly<{ lo: number; hi: number }>

/** Bounds of one person's contribution, lattice units: every covariate lies in [-1, 1], and a square is not negative. */
export function boundsOf(
  spec: GlmSpec,
): Readonly<{ score: readonly Bounds[]; information: readonly Bounds[] }> {
  const p = spec.columns.length
  const [clip, weight] = [clipOf(spec), weightOf(spec)].map((v) => Math.ceil(v * spec.scale)) as [
    number,
    number,
  ]
  const product = (i: number, j: number): Bounds => ({ lo: i === j ? 0 : -weight, hi: weight })
  return {
    score: spec.columns.map(() => ({ lo: -clip, hi: clip })),
    information: spec.columns.flatMap((_, i) =>
      Array.from({ length: p - i }, (_, j) => product(i, i + j)),
    ),
  }
}

/** Sums of the contributions of all persons at this beta: the engine's part. */
export type Oracle = (beta: readonly number[]) => Promise<Contribution>

/**
 * Squared L2 sensitivities under replacement: the sum of those of the entries. Two persons in different groups change two
 * sums by at most their own size each, in one group one sum by at most the range (charge.ts).
 */
function sensitivities(spec: GlmSpec): Readonly<{ score: number; information: number }> {
  const pair = ({ lo, hi }: Bounds): number =>
    Math.max(2 * Math.max(lo ** 2, hi ** 2), (hi - lo) ** 2)
  const all = (bounds: readonly Bounds[]): number => bounds.reduce((t, b) => t + pair(b), 0)
  const { score, information } = boundsOf(spec)
  return { score: all(score), information: all(information) }
}

/** How the budget is spread: the last score decides the answer and gets most. */
const shares = (
  { steps, rho }: GlmSpec,
  step: number,
): Readonly<{ score: number; information: number }> => ({
  score: step === steps - 1 ? 0.5 * rho : (0.25 * rho) / (steps - 1),
  information: (0.25 * rho) / steps,
})

/** Variances of the lattice noise of a step; whole numbers, rounded up, so that the charge is never passed. */
const variances = (spec: GlmSpec, step: number) => {
  const s = sensitivities(spec)
  const share = shares(spec, step)
  return {
    score: Math.ceil(s.score / (2 * share.score)),
    information: Math.ceil(s.information / (2 * share.information)),
  }
}

/**
 * Fits the model. rho-zCDP for spec.rho, whatever the data and however many steps: the mechanism is a composition of
 * discrete Gaussians over sums of bounded vectors. The intervals hold sampling (the information of the model) and noise
 * (of the last score, and of the information times the last step). `question` names the run for its noise. Undefined
 * where the noise is larger than the information. Throws a RangeError for fewer than two steps.
 */
export async function glm(
  spec: GlmSpec,
  oracle: Oracle,
  noise: NoiseKey,
  question: string,
  units?: Units,
): Promise<readonly Estimate[] | undefined> {
  if (spec.steps < 2 || !(spec.rho > 0)) throw new RangeError('at least two steps and a budget')
  const p = spec.columns.length
  let beta: number[] = spec.columns.map(() => 0)
  let covariance: number[][] | undefined
  for (let step = 0; step < spec.steps; step += 1) {
    const exact = await oracle(beta)
    const v = variances(spec, step)
    const noised = (sums: readonly bigint[], of: 'score' | 'information'): number[] =>
      sums.map((sum, i) => {
        const context = { question, cell: `step ${step}`, statistic: `${of} ${i}` }
        return Number(sum + noiseFor(noise, context, rational(v[of]))) / spec.scale
      })
    const score = noised(exact.score, 'score')
    const upper = noised(exact.information, 'information')
    const at = (i: number, j: number): number => {
      const [a, b] = i < j ? [i, j] : [j, i]
      return upper[a * p - (a * (a - 1)) / 2 + (b - a)] as number
    }
    const information = beta.map((_, i) => beta.map((_, j) => at(i, j)))
    const bread = inverse(information)
    if (!bread) return undefined
    const full = bread.map((row) => row.reduce((t, b, j) => t + b * (score[j] as number), 0))
    const size = Math.hypot(...full)
    // a step is never longer than 2: far from the answer the quadratic is not to be trusted
    const move = full.map((d) => d * Math.min(1, 2 / Math.max(size, Number.MIN_VALUE)))
    beta = beta.map((b, i) => b + (move[i] as number))
    const unsure = (v.score + v.information * size ** 2) / spec.scale ** 2
    const meat = information.map((row, i) => row.map((h, j) => h + (i === j ? unsure : 0)))
    covariance = multiply(multiply(bread, meat), bread)
  }
  return inUnits({ beta, covariance: covariance as number[][] }, units)
}
