import { type Aggregate, type Cell, mint, type Rows } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import { ALL } from './release.ts'

const MOST_CELLS = 100_000

/**
 * Reads the rows of `Proven.sql` as the exact aggregate. Anything that the proof did not promise is an Error, which
 * becomes the generic failure: a wrong column, a label outside its domain, a sum that its persons cannot reach.
 */
export function toAggregate(rows: Rows, proven: Proven): Aggregate {
  const { labels, statistics } = proven
  const names = [
    ...labels.map((_, i) => `l${i}`),
    ...(proven.sets ? ['g'] : []),
    ...statistics.flatMap((_, i) => [`s${i}`, `n${i}`]),
  ]
  if (rows.columns.join() !== names.join()) throw misfit()
  if (rows.rows.length > MOST_CELLS || (labels.length === 0 && rows.rows.length !== 1))
    throw misfit()
  const seen = new Set<string>()
  return mint.aggregate(
    rows.rows.map((row) => {
      const cells = labelsOf(row, proven)
      const key = JSON.stringify(cells)
      if (seen.has(key)) throw misfit()
      seen.add(key)
      const measured = statistics.map(({ lo, hi }, i) => {
        const at = names.length - 2 * statistics.length + 2 * i
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

function labelsOf(row: readonly Cell[], { labels, sets }: Proven): Cell[] {
  const kept = sets === undefined ? undefined : keptBy(row[labels.length], labels.length)
  if (kept !== undefined && !sets?.some((s) => s.join() === kept.join())) throw misfit()
  return labels.map(({ values }, i) => {
    const cell = row[i] ?? null
    if (kept === undefined || kept.includes(i)) return label(cell, values ?? [])
    if (cell !== null) throw misfit()
    return ALL
  })
}

/** The labels of one grouping set, from GROUPING's bits: 1 says left out, the first label highest. */
function keptBy(mask: Cell | undefined, count: number): number[] {
  if (typeof mask !== 'bigint') throw misfit()
  return Array.from({ length: count }, (_, i) => i).filter(
    (i) => ((mask >> BigInt(count - 1 - i)) & 1n) === 0n,
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
