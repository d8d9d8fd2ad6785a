import type { Aggregate } from '../domain/glass.ts'
import type { Proven, Statistic } from '../domain/proven.ts'
import { effectiveThreshold } from './bounds.ts'
import type { Charge } from './charge.ts'
import { toNumber } from './rational.ts'
import { cellKey, type NoiseKey, noiseFor } from './stream.ts'

/** A noised statistic of one cell, or nothing: it may not be shown. Lattice units. */
export type Noised = Readonly<{ value: bigint; sd: number; statistic: Statistic }>
export type NoisedCell = Readonly<{
  key: string
  labels: Aggregate['cells'][number]['labels']
  /** By statistic id; only what passed its threshold. */
  shown: Readonly<Record<string, Noised>>
}>

/**
 * Adds independent noise to every statistic of every cell and keeps what may be shown: the true contributing persons of
 * the statistic, and of the persons statistic that counts them, are at least k, and the noisy count of the latter is at
 * least k + 5 standard deviations. Throws an Error when the aggregate does not fit the proof (duplicate cells, lengths).
 */
export function noisedCells(
  aggregate: Aggregate,
  proven: Proven,
  charged: Charge,
  rules: Readonly<{ question: string; k: number; variance: number }>,
  noise: NoiseKey,
): NoisedCell[] {
  const index = new Map(proven.statistics.map((s, i) => [s.id, i]))
  const least = BigInt(effectiveThreshold(rules.k, rules.variance))
  const seen = new Set<string>()
  return aggregate.cells.map(({ labels, sums, persons }) => {
    const key = cellKey(labels)
    const misfit =
      labels.length !== proven.labels.length ||
      sums.length !== proven.statistics.length ||
      persons.length !== proven.statistics.length
    if (misfit || seen.has(key)) throw new Error('the aggregate does not fit its proof')
    seen.add(key)
    const noised = proven.statistics.map((statistic, i): Noised => {
      const { variance } = charged.perStatistic[statistic.id] as Charge['perStatistic'][string]
      const drawn = noiseFor(
        noise,
        { question: rules.question, cell: key, statistic: statistic.id },
        variance,
      )
      return {
        value: (sums[i] as bigint) + drawn,
        sd: Math.sqrt(toNumber(variance)),
        statistic,
      }
    })
    const shown = (s: Statistic, i: number): boolean => {
      const counter = index.get(s.kind === 'persons' ? s.id : s.contributors) as number
      return (
        (persons[i] as number) >= rules.k &&
        (persons[counter] as number) >= rules.k &&
        (noised[counter] as Noised).value >= least
      )
    }
    return {
      key,
      labels,
      shown: Object.fromEntries(
        proven.statistics.flatMap((s, i) => (shown(s, i) ? [[s.id, noised[i] as Noised]] : [])),
      ),
    }
  })
}
