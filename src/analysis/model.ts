import type { ModelReducer, ReducerSpec } from '../domain/reducer.ts'
import {
  complete,
  conditionNamed,
  type Frame,
  numberNamed,
  scaled,
  staged,
} from './frame-columns.ts'
import type { Scalar } from './ir.ts'
import { add, clamp, divide, exponential, extreme, multiply, negate, subtract } from './numeric.ts'
import { type Draft, termsOf } from './reducers.ts'
import { refuse } from './rules.ts'
import { cast, literal } from './scalars.ts'
import { tally } from './tally.ts'
import type { Range } from './types.ts'

type Spec = Extract<ReducerSpec, { kind: 'logistic' | 'poisson' }>
export type ModelDraft = Readonly<{
  reducer: ModelReducer
  /** The sums at these coefficients. */
  at(beta: readonly number[]): Omit<Draft, 'reducer'>
}>

/** Lattice units per one of a contribution, and noised steps. */
const SCALE = 1024
const STEPS = 5

/**
 * A logistic or Poisson model: per person the clipped score and the information at given coefficients, as
 * disclosure/reduce/glm.ts defines `contribution`, each lattice value inside the bounds that the noise is scaled to.
 */
export function modelDraft(spec: Spec, frame: Frame): ModelDraft {
  if (spec.by !== undefined && spec.by.length > 0) refuse('reducer-by', '/reducer/by')
  const { outcome, clip, peak } = outcomeOf(spec, frame)
  const { terms, units } = termsOf(spec, frame)
  const size = terms.length + 1
  const ids = Array.from({ length: terms.length + 5 }, () => frame.context.fresh())
  const needed = complete(frame, [outcome, ...terms.map((t) => t.value)])
  const first = staged(
    needed,
    [
      cast(outcome, 'number'),
      ...terms.map((t, i) => scaled(t.value, units.terms[i + 1] ?? t.scale)),
    ],
    [],
    ids,
  )
  const [y, ...z] = first.columns as [Scalar, ...Scalar[]]
  const rest = ids.slice(size)
  return {
    reducer: {
      kind: spec.kind,
      persons: 'm0',
      score: numbered(1, size),
      information: numbered(1 + size, (size * (size + 1)) / 2),
      terms: ['intercept', ...spec.terms],
      clip,
      peak,
      scale: SCALE,
      steps: STEPS,
      units,
    },
    at: (beta) => {
      const eta = linear(z, beta)
      const second = staged(
        first.relation,
        [y, ...z, eta],
        [],
        [...ids.slice(0, size), rest[0] ?? 0],
      )
      const mean = meanOf(spec.kind, second.columns.at(-1) as Scalar)
      const third = staged(
        second.relation,
        [y, ...z, mean],
        [],
        [...ids.slice(0, size), rest[1] ?? 0],
      )
      const m = third.columns.at(-1) as Scalar
      const fourth = staged(
        third.relation,
        [...z, residualOf(y, m, clip), weightOf(spec.kind, m, peak)],
        [],
        [...ids.slice(1, size), rest[2] ?? 0, rest[3] ?? 0],
      )
      const [residual, weight] = fourth.columns.slice(-2) as [Scalar, Scalar]
      return {
        relation: fourth.relation,
        labels: [],
        statistics: sums(fourth.columns.slice(0, -2), residual, weight, {
          clip,
          peak: weightBound(spec.kind, peak),
        }),
        shown: { labels: [], subject: ['of'] },
      }
    },
  }
}

const numbered = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `m${from + i}`)

function outcomeOf(
  spec: Spec,
  frame: Frame,
): Readonly<{ outcome: Scalar; clip: number; peak: number }> {
  const at = '/reducer/outcome'
  if (spec.kind === 'logistic')
    return { outcome: cast(conditionNamed(frame, spec.outcome, at), 'integer'), clip: 1, peak: 1 }
  const { range, ...outcome } = numberNamed(frame, spec.outcome, at)
  if (outcome.type.kind !== 'integer' || range.lo < 0 || range.hi < 1)
    refuse('reducer-column-type', at, {
      reason: `${spec.outcome} is not a count from 0 on.`,
      fix: `Select clamp(${spec.outcome}, 0, hi) AS ${spec.outcome} of a whole number in the frame.`,
    })
  return { outcome, clip: range.hi, peak: range.hi }
}

const real = (value: number): Scalar => literal(value, 'number', '1:1')

/** Added in the order of the terms, as the definition does, so that the digits agree. */
const linear = (z: readonly Scalar[], [b0 = 0, ...beta]: readonly number[]): Scalar =>
  z.reduce((t, v, i) => add(t, multiply(v, real(beta[i] ?? 0), '1:1'), '1:1'), real(b0))

function meanOf(kind: Spec['kind'], eta: Scalar): Scalar {
  if (kind === 'poisson') return exponential(extreme('least', [eta, real(20)], '1:1'), '1:1')
  return divide(real(1), add(real(1), exponential(negate(eta, '1:1'), '1:1'), '1:1'), '1:1')
}

const residualOf = (y: Scalar, mean: Scalar, clip: number): Scalar =>
  clamp([subtract(y, mean, '1:1'), real(-clip), real(clip)], '1:1')

const weightBound = (kind: Spec['kind'], peak: number): number =>
  kind === 'logistic' ? 0.25 : peak

const weightOf = (kind: Spec['kind'], mean: Scalar, peak: number): Scalar =>
  extreme(
    'least',
    [
      kind === 'logistic' ? multiply(mean, subtract(real(1), mean, '1:1'), '1:1') : mean,
      real(weightBound(kind, peak)),
    ],
    '1:1',
  )

/** Persons, the score, and the upper triangle of the information by rows; the column of ones is first. */
function sums(
  z: readonly Scalar[],
  residual: Scalar,
  weight: Scalar,
  most: Readonly<{ clip: number; peak: number }>,
) {
  const t = tally()
  const persons = t.persons()
  const within = (bound: number, square = false): Range => ({
    lo: square ? 0 : -Math.ceil(bound * SCALE),
    hi: Math.ceil(bound * SCALE),
  })
  const times = (a: Scalar, b: Scalar): Scalar => multiply(a, b, '1:1')
  t.onLattice(residual, persons, SCALE, within(most.clip))
  for (const v of z) t.onLattice(times(residual, v), persons, SCALE, within(most.clip))
  t.onLattice(weight, persons, SCALE, within(most.peak, true))
  for (const v of z) t.onLattice(times(weight, v), persons, SCALE, within(most.peak))
  z.forEach((v, i) => {
    z.slice(i).forEach((w, j) => {
      t.onLattice(times(weight, times(v, w)), persons, SCALE, within(most.peak, j === 0))
    })
  })
  return t.statistics()
}
