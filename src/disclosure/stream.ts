import { canonicalJson, sha256 } from '../domain/digest.ts'
import type { Cell } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import { type Bytes, discreteGaussian, uniformFrom } from './gaussian.ts'
import type { Rational } from './rational.ts'

/** Bytes from the noise key over a context; the Keys capability. */
export type NoiseKey = (context: string) => Bytes

/** A label as JSON that is one for one: 1 and '1' and true differ, 1 and 1n do not. */
const labelJson = (label: Cell): unknown =>
  typeof label === 'number' || typeof label === 'bigint' ? { number: String(label) } : label

/** One text per label tuple; two cells have the same one exactly when they are the same cell. */
export const cellKey = (labels: readonly Cell[]): string => canonicalJson(labels.map(labelJson))

/**
 * Names a question on a workspace: equal for canonical repeats at the same precision, different otherwise. It is the
 * key under which the meter charges once, and the root of every noise context.
 */
export const questionKey = (
  proven: Proven,
  rules: Readonly<{ workspace: string; variance: number }>,
): string =>
  sha256(
    canonicalJson({
      workspace: rules.workspace,
      variance: rules.variance,
      canonical: sha256(proven.canonical),
      cellsPerPerson: proven.cellsPerPerson,
      statistics: proven.statistics,
    }),
  )

/** One draw of discrete Gaussian noise for one (question, cell, statistic): the same again for the same again. */
export const noiseFor = (
  noise: NoiseKey,
  context: Readonly<{ question: string; cell: string; statistic: string }>,
  variance: Rational,
): bigint =>
  discreteGaussian(
    variance,
    uniformFrom(
      noise(
        canonicalJson({
          ...context,
          use: 'noise',
          variance: { p: `${variance.p}`, q: `${variance.q}` },
        }),
      ),
    ),
  )
