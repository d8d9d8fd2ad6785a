import { type Estimate, type Noisy, sumOf, Z } from './estimate.ts'

/**
 * Quantiles from a noised histogram over a public grid: `edges` has one more entry than `bins`, and every bin of the
 * grid carries noise, also an empty one. The distribution function is made monotone (post-processing) and read with
 * linear interpolation; the interval inverts it at q plus and minus 1.96 sd of sampling and noise together.
 */
export function quantile(bins: readonly Noisy[], edges: readonly number[], q: number): Estimate {
  if (edges.length !== bins.length + 1) throw new RangeError('a grid has one more edge than bins')
  const total = sumOf(bins)
  const n = Math.max(1, total.x)
  const raw: Noisy[] = []
  let below: Noisy = { x: 0, v: 0 }
  for (const bin of bins) {
    below = sumOf([below, bin])
    raw.push(below)
  }
  const rising = monotone(raw.map((c) => c.x / n))
  const variance = raw.map((c, i) => {
    const f = Math.min(1, Math.max(0, rising[i] as number))
    // F = B / (B + A): the noise below counts with 1 - F, the noise above with F
    const noise = ((1 - f) ** 2 * c.v + f ** 2 * (total.v - c.v)) / n ** 2
    return (f * (1 - f)) / n + noise
  })
  // the error where F passes q, or that of a neighbour if larger: which bin it is, is noisy too
  const at = rising.findIndex((f) => f >= q)
  const near = variance.slice(Math.max(0, at - 1), Math.max(0, at) + 2)
  const sd = Math.sqrt(Math.max(...near, (q * (1 - q)) / n))
  const read = (p: number): number => invert(rising, edges, p)
  return { value: read(q), lo: read(q - Z * sd), hi: read(q + Z * sd), sd }
}

/** The nearest rising sequence (pool adjacent violators), within [0, 1]. */
export function monotone(values: readonly number[]): number[] {
  const pools: { mean: number; size: number }[] = []
  for (const value of values) {
    let pool = { mean: value, size: 1 }
    for (let last = pools.at(-1); last && last.mean > pool.mean; last = pools.at(-1)) {
      pools.pop()
      const size = last.size + pool.size
      pool = { mean: (last.mean * last.size + pool.mean * pool.size) / size, size }
    }
    pools.push(pool)
  }
  return pools.flatMap(({ mean, size }) =>
    new Array<number>(size).fill(Math.min(1, Math.max(0, mean))),
  )
}

function invert(rising: readonly number[], edges: readonly number[], p: number): number {
  const first = edges[0] as number
  if (p <= 0) return first
  for (let i = 0; i < rising.length; i += 1) {
    const [low, high] = [i === 0 ? 0 : (rising[i - 1] as number), rising[i] as number]
    if (high >= p && high > low) {
      const [a, b] = [edges[i] as number, edges[i + 1] as number]
      return a + ((b - a) * (p - low)) / (high - low)
    }
  }
  return edges.at(-1) as number
}
