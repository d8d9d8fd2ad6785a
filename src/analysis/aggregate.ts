import { type Aggregate, type Cell, mint, type Rows } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'

const MOST_CELLS = 100_000

/**
 * Reads the rows of `Proven.sql` as the exact aggregate. Anything that the proof did not promise is an Error, which
 * becomes the generic failure: a wrong column, a label outside its domain, a sum that its persons cannot reach.
 */
export function toAggregate(rows: Rows, proven: Proven): Aggregate {
  const { labels, statistics } = proven
  const names = [
    ...labels.map((_, i) => `l${i}`),
    ...statistics.flatMap((_, i) => [`s${i}`, `n${i}`]),
  ]
  if (rows.columns.join() !== names.join()) throw misfit()
  if (rows.rows.length > MOST_CELLS || (labels.length === 0 && rows.rows.length !== 1))
    throw misfit()
  const seen = new Set<string>()
  return mint.aggregate(
    rows.rows.map((row) => {
      const cells = labels.map(({ values }, i) => label(row[i] ?? null, values ?? []))
      const key = JSON.stringify(cells)
      if (seen.has(key)) throw misfit()
      seen.add(key)
      const measured = statistics.map(({ lo, hi }, i) => {
        const at = labels.length + 2 * i
        return measure(row[at], row[at + 1], lo, hi)
      })
      return {
        labels: cells,
        sums: measured.map((m) => m.sum),
        persons: measured.map((m) => m.persons),
      }
    }),
  )
}

/** Whole numbers come as bigint from the engine; labels are small, so they become numbers. */
function label(cell: Cell, values: readonly Cell[]): Cell {
  const value = typeof cell === 'bigint' ? Number(cell) : cell
  if (value !== null && !values.includes(value)) throw misfit()
  return value
}

function measure(sum: Cell | undefined, count: Cell | undefined, lo: number, hi: number) {
  if (typeof sum !== 'bigint' || typeof count !== 'bigint') throw misfit()
  const persons = Number(count)
  if (persons < 0 || !Number.isSafeInteger(persons)) throw misfit()
  if (sum < count * BigInt(Math.min(lo, 0)) || sum > count * BigInt(Math.max(hi, 0))) throw misfit()
  return { sum, persons }
}

const misfit = (): Error => new Error('the rows do not fit their proof')
