import type { Place } from './refuse.ts'
import { map, size, struct } from './sql.ts'
import type { Pass } from './value.ts'

/** A column of a result: its SQL within the row, its DuckDB type, the FHIR type. */
export type Cell = Readonly<{
  name: string
  sql: string
  sqlType: string
  type: string
  collection: boolean
  place: Place
  /** %rowIndex itself, which is 0 and not NULL in the row that forEachOrNull makes of nothing. */
  index?: true
}>

/**
 * Rows of a selection. `one`: exactly one row, its cells. `list`: any number; `each` gives the SQL of a list with
 * one item per row, the item built by `make` from the row's cells.
 */
export type Rows =
  | Readonly<{ kind: 'one'; cells: readonly Cell[] }>
  | Readonly<{ kind: 'list'; cells: readonly Cell[]; each: (make: Make) => string }>
type Make = (cells: readonly Cell[]) => string

/** The cells of a row that has become a struct named `row`. */
const unpacked = (cells: readonly Cell[], row: string): readonly Cell[] =>
  cells.map((c) => ({ ...c, sql: `${row}."${c.name}"` }))

export const asList = (rows: Rows): string =>
  rows.kind === 'one' ? `[${struct(rows.cells)}]` : rows.each(struct)

/** A list of finished structs, to be looked at again row by row. */
export const fromStructs = (cells: readonly Cell[], list: string, pass: Pass): Rows => ({
  kind: 'list',
  cells,
  each: (make) => {
    if (make === struct) return list
    const row = pass.fresh('r')
    return map(list, row, make(unpacked(cells, row)))
  },
})

/** Cross join of sibling selections, columns in order: "Sibling selects are effectively cross joined". */
export function cross(parts: readonly Rows[]): Rows {
  const cells = parts.flatMap((p) => p.cells)
  if (parts.every((p) => p.kind === 'one')) return { kind: 'one', cells }
  const lists = parts.filter((p) => p.kind === 'list').length
  const build = (i: number, row: readonly Cell[], make: Make): string => {
    const part = parts[i]
    if (!part) return make(row)
    if (part.kind === 'one') return build(i + 1, [...row, ...part.cells], make)
    const deeper = parts.slice(i + 1).some((p) => p.kind === 'list')
    const nested = part.each((own) => build(i + 1, [...row, ...own], make))
    return deeper ? `flatten(${nested})` : nested
  }
  const [first] = parts
  if (lists === 1 && parts.length === 1 && first) return first
  return { kind: 'list', cells, each: (make) => build(0, [], make) }
}

/** One iteration over `list`, whose inner rows are computed by `inner` from the element and its index. */
export function iterate(
  list: string,
  pass: Pass,
  inner: (element: string, index: string) => Rows,
): Rows {
  const [element, index] = [pass.fresh('e'), pass.fresh('i')]
  const rows = inner(element, `(${index} - 1)`)
  const over = (body: string): string =>
    map(list, body.includes(`(${index} - 1)`) ? `${element}, ${index}` : element, body)
  return {
    kind: 'list',
    cells: rows.cells,
    each: (make) =>
      rows.kind === 'one' ? over(make(rows.cells)) : `flatten(${over(rows.each(make))})`,
  }
}

/** The row that forEachOrNull makes of nothing: every column null, %rowIndex 0. */
export function orNullRow(rows: Rows, list: string, pass: Pass): Rows {
  const empty = rows.cells.map((c) => ({
    ...c,
    sql: `CAST(${c.index ? (c.collection ? '[0]' : '0') : 'NULL'} AS ${c.sqlType})`,
  }))
  const sql = `CASE WHEN ${size(list)} = 0 THEN [${struct(empty)}] ELSE ${asList(rows)} END`
  return fromStructs(rows.cells, sql, pass)
}
