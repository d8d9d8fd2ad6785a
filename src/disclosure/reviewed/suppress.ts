import { audit, isProtected, type Range } from './audit.ts'
import type { Program, Solve } from './lp.ts'
import type { Margined } from './table.ts'

/** Cells that a reviewed table may have with its margins. */
export const MOST_CELLS = 2_000

export type Suppressed = Readonly<{
  hidden: ReadonlySet<number>
  /** Hidden for having fewer than k persons; the others are hidden to protect them. */
  primary: ReadonlySet<number>
  ranges: readonly Range[]
}>

/**
 * The cheapest change of the table that moves one cell by `shift` and keeps every sum: cells that it touches must be
 * hidden, since then the moved table is as possible as the true one. Hidden cells are free, others cost their persons.
 */
function alternative(
  { counts, relations }: Margined,
  hidden: ReadonlySet<number>,
  cell: number,
  shift: number,
  solve: Solve,
  whole: boolean,
): readonly number[] | undefined {
  const touched = new Map<string, { least: number; most: number }>()
  const objective = new Map<string, number>()
  const most = Math.max(...counts) + Math.abs(shift)
  counts.forEach((count, i) => {
    touched.set(`u${i}`, i === cell ? fixed(Math.max(0, shift)) : { least: 0, most })
    touched.set(`d${i}`, i === cell ? fixed(Math.max(0, -shift)) : { least: 0, most: count })
    const cost = hidden.has(i) || i === cell ? 0 : 1 + Math.log2(1 + count)
    objective.set(`u${i}`, cost)
    objective.set(`d${i}`, cost)
  })
  const rows: Program['rows'] = relations.map(([total = 0, ...parts]) => ({
    equals: 0,
    terms: new Map(
      [[total, -1] as const, ...parts.map((p) => [p, 1] as const)].flatMap(([i, sign]) => [
        [`u${i}`, sign],
        [`d${i}`, -sign],
      ]),
    ),
  }))
  const found = solve({ goal: 'minimise', objective, rows, bounds: touched, whole })
  if (!found) return undefined
  return counts.flatMap((_, i) =>
    Math.abs(found.at(`u${i}`) - found.at(`d${i}`)) > 1e-6 && !hidden.has(i) ? [i] : [],
  )
}
const fixed = (x: number) => ({ least: x, most: x })

/**
 * Complementary suppression by linear programming (Fischetti and Salazar 2000, in the greedy form of Kelly, Golden and
 * Assad 1992): for every cell under k, hide the cheapest cells that make it possible for the cell to hold k persons, and
 * one fewer than it holds. Then the audit; what is not protected is protected again in whole numbers, until all is. Throws
 * a RangeError for a table above MOST_CELLS. Deterministic.
 */
export function suppress(table: Margined, k: number, solve: Solve): Suppressed {
  if (table.counts.length > MOST_CELLS) throw new RangeError('the table has too many cells')
  const primary = new Set(table.counts.flatMap((n, i) => (n < k ? [i] : [])))
  const hidden = new Set(primary)
  const protect = (cell: number, whole: boolean): void => {
    const n = table.counts[cell] as number
    const shifts = n >= k ? [1, -1] : n > 0 ? [k - n, -1] : [k]
    for (const shift of shifts) {
      const extra = alternative(table, hidden, cell, shift, solve, whole)
      // no table with these shown sums can differ there: the sums themselves must go
      for (const i of extra ?? table.counts.keys()) hidden.add(i)
    }
  }
  for (const cell of [...primary].sort((a, b) => (table.counts[b] ?? 0) - (table.counts[a] ?? 0)))
    protect(cell, false)
  for (;;) {
    const ranges = audit(table, hidden, solve)
    const open = ranges.filter((r) => !isProtected(r, table.counts[r.cell] as number, k))
    if (open.length === 0 || hidden.size === table.counts.length) return { hidden, primary, ranges }
    const before = hidden.size
    for (const { cell } of open) protect(cell, true)
    if (hidden.size === before) for (const i of table.counts.keys()) hidden.add(i)
  }
}
