import type { Cell } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'

const rank = (cell: Cell): number => ['boolean', 'number', 'string'].indexOf(kindOf(cell))
const kindOf = (cell: Cell): string => (typeof cell === 'bigint' ? 'number' : typeof cell)

/** Numbers by size, texts by code unit, booleans false first; null apart, by the caller. */
function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) return 0
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Nulls last in either direction. */
function directed(a: Cell, b: Cell, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return descending ? compareCells(b, a) : compareCells(a, b)
}

const firstDifference = (differences: Iterable<number>): number => {
  for (const d of differences) if (d !== 0) return d
  return 0
}

/** ORDER BY and LIMIT on published values alone; ties, and everything where no order is asked, by the labels. */
export function arrange(
  rows: readonly Readonly<{ key: readonly Cell[]; row: readonly Cell[] }>[],
  { order, limit }: Pick<Proven, 'order' | 'limit'>,
): (readonly Cell[])[] {
  const arranged = rows
    .toSorted((a, b) =>
      firstDifference([
        ...order.map((o) =>
          directed(a.row[o.column] ?? null, b.row[o.column] ?? null, o.descending),
        ),
        ...a.key.map((cell, i) => directed(cell, b.key[i] ?? null, false)),
      ]),
    )
    .map(({ row }) => row)
  return limit === undefined ? arranged : arranged.slice(0, limit)
}

const tests: Readonly<
  Record<NonNullable<Proven['having']>[number]['test'], (a: number, b: number) => boolean>
> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** HAVING on published values: what was withheld passes no test. */
export const passes = (row: readonly Cell[], having: NonNullable<Proven['having']>): boolean =>
  having.every(({ column, test, value }) => {
    const cell = row[column]
    return (
      (typeof cell === 'number' || typeof cell === 'bigint') && tests[test](Number(cell), value)
    )
  })
