import { type Cell, mint, type Protected } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import { cellKey } from './stream.ts'

/** Stands in a label's place for "all shown values". */
export const ALL_SHOWN = 'all shown'

/**
 * Appends totals over one label, added up from the rows that are shown and nothing else: a margin that was computed from
 * the data would say what is missing. Counts and sums add; a mean or ratio of the total is withheld, and a total with a
 * withheld part is withheld. With C cells per person a total counts a person up to C times, so then there are none.
 * Throws a RangeError for a column that is not a label, or C above 1.
 */
export function withTotals(table: Protected, proven: Proven, over: number): Protected {
  if (proven.output[over]?.kind !== 'label') throw new RangeError('totals run over a label')
  if (proven.cellsPerPerson !== 1) throw new RangeError('a person is in several cells')
  const isLabel = (i: number): boolean => proven.output[i]?.kind === 'label'
  const groups = new Map<string, (readonly Cell[])[]>()
  for (const row of table.rows) {
    const key = cellKey(row.filter((_, i) => isLabel(i) && i !== over))
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const total = (rows: readonly (readonly Cell[])[]): Cell[] =>
    proven.output.map((column, i) => {
      if (i === over) return ALL_SHOWN
      if (isLabel(i)) return rows[0]?.[i] ?? null
      const parts = rows.map((r) => r[i] ?? null)
      if (column.kind !== 'value' || parts.some((p) => p === null)) return null
      return parts.reduce<number>((t, p) => t + Number(p), 0)
    })
  return mint.protected({
    columns: table.columns,
    rows: [...table.rows, ...[...groups.values()].map(total)],
    statement: table.statement,
  })
}
