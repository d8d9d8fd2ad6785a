import type { Aggregate, Cell, Protected } from '../../src/domain/glass.ts'
import type { Proven } from '../../src/domain/proven.ts'

/** How a protected table compares with the exact one. */
export type Accuracy = Readonly<{
  /** Rows of the protected table. */
  rows: number
  /** |published - exact| / |exact| of every published value whose exact one is not 0. */
  errors: readonly number[]
  /** Values of cells in which there is anybody, and how many of them are published. */
  exact: number
  published: number
}>

/** Matches the rows of both tables by their labels. */
export function accuracy(exact: Aggregate, shown: Protected, proven: Proven): Accuracy {
  const truths = new Map(exact.cells.map((cell) => [keyOf(cell.labels), truth(cell, proven)]))
  const labelAt = proven.labels.map((_, l) =>
    proven.output.findIndex((o) => o.kind === 'label' && o.label === l),
  )
  const values = proven.output.flatMap((o, i) => (o.kind === 'label' ? [] : [i]))
  const errors: number[] = []
  let published = 0
  for (const row of shown.rows) {
    const known = truths.get(keyOf(labelAt.map((i) => row[i] ?? null)))
    for (const i of values) {
      const [value, right] = [row[i], known?.[i]]
      if (value === null || value === undefined) continue
      published += 1
      if (typeof right === 'number' && right !== 0)
        errors.push(Math.abs(Number(value) - right) / Math.abs(right))
    }
  }
  return { rows: shown.rows.length, errors, exact: truths.size * values.length, published }
}

const keyOf = (labels: readonly Cell[]): string =>
  JSON.stringify(labels.map((l) => (typeof l === 'bigint' ? Number(l) : l)))

function truth(cell: Aggregate['cells'][number], { statistics, output }: Proven) {
  const valued = (id: string): number => {
    const i = statistics.findIndex((s) => s.id === id)
    return Number(cell.sums[i]) / (statistics[i]?.scale ?? 1)
  }
  return output.map((o) => {
    if (o.kind === 'label') return undefined
    if (o.kind === 'value') return valued(o.statistic)
    const below = valued(o.denominator)
    return below === 0 ? undefined : valued(o.numerator) / below
  })
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [a = Number.NaN, b = Number.NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? b : (a + b) / 2
}
