/**
 * Perturbation tables of the cell-key method with maximum entropy (Marley and Leaver 2011; Giessing 2016): the noise of
 * a count of n has mean zero, a given variance and a greatest size, makes no small count and no negative one, and is
 * otherwise as uncertain as it can be.
 */
export type Design = Readonly<{
  /** Greatest change, persons. */
  most: number
  variance: number
  /** Counts 1 to `gap` are never a result: they become 0 or more than `gap`. */
  gap: number
}>
/** Changes and their probabilities for one true count. */
export type Row = readonly Readonly<{ change: number; p: number }>[]

/** The law p(v) proportional to exp(a v + b v^2) with mean 0 and the variance, by Newton on the convex dual. */
function maximumEntropy(support: readonly number[], variance: number): Row | undefined {
  let [a, b] = [0, 0]
  const law = (x: number, y: number): number[] => {
    const logs = support.map((v) => x * v + y * v * v)
    const top = Math.max(...logs)
    const weights = logs.map((l) => Math.exp(l - top))
    const all = weights.reduce((s, w) => s + w, 0)
    return weights.map((w) => w / all)
  }
  const dual = (x: number, y: number): number => {
    const logs = support.map((v) => x * v + y * (v * v - variance))
    const top = Math.max(...logs)
    return top + Math.log(logs.reduce((s, l) => s + Math.exp(l - top), 0))
  }
  for (let step = 0; step < 500; step += 1) {
    const p = law(a, b)
    const moment = (power: number): number =>
      support.reduce((s, v, i) => s + (p[i] as number) * v ** power, 0)
    const [m1, m2, m3, m4] = [1, 2, 3, 4].map(moment) as [number, number, number, number]
    const [g1, g2] = [m1, m2 - variance]
    if (Math.abs(g1) < 1e-12 && Math.abs(g2) < 1e-12)
      return support.map((change, i) => ({ change, p: p[i] as number }))
    const [h11, h12, h22] = [m2 - m1 * m1 + 1e-12, m3 - m1 * m2, m4 - m2 * m2 + 1e-12]
    const det = h11 * h22 - h12 * h12
    const [d1, d2] = [(h22 * g1 - h12 * g2) / det, (h11 * g2 - h12 * g1) / det]
    const here = dual(a, b)
    let scale = 1
    while (dual(a - scale * d1, b - scale * d2) > here - 1e-4 * scale * (g1 * d1 + g2 * d2)) {
      scale /= 2
      if (scale < 1e-12) return undefined
    }
    a -= scale * d1
    b -= scale * d2
  }
  return undefined
}

/**
 * The row of a true count n. Nobody stays nobody. Where a small count leaves no law of the asked variance, the least
 * variance above it that does is taken, in steps of a tenth. Throws a RangeError when no law of any variance exists.
 */
export function rowOf(n: number, { most, variance, gap }: Design): Row {
  if (n === 0) return [{ change: 0, p: 1 }]
  const support = Array.from({ length: 2 * most + 1 }, (_, i) => i - most).filter(
    (v) => n + v === 0 || n + v > gap,
  )
  for (let asked = variance; asked <= most * most; asked += 0.1) {
    const row = maximumEntropy(support, asked)
    if (row) return row
  }
  throw new RangeError(`no perturbation of mean zero for a count of ${n}`)
}

/** Rows for 0, 1, ...; from the last on all counts share it. */
export const tableOf = (design: Design): readonly Row[] =>
  Array.from({ length: design.most + design.gap + 1 }, (_, n) => rowOf(n, design))

/** The change for a cell key in [0, 1): the same persons in a cell, the same change. */
export function changeOf(table: readonly Row[], n: number, key: number): number {
  const row = table[Math.min(n, table.length - 1)] as Row
  let below = 0
  for (const { change, p } of row) {
    below += p
    if (key < below) return change
  }
  return row.at(-1)?.change ?? 0
}
