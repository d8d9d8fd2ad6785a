import type { Cell, Table } from '../domain/glass.ts'

/** Cells on the pipe: what JSON cannot say (64-bit integers, infinities) is tagged. */
export type WireCell = null | boolean | number | string | Readonly<{ i: string } | { d: string }>
export type WireTable = Readonly<{ columns: readonly string[]; rows: readonly WireCell[][] }>

/** Any value of DuckDB's Node client: big integers stay exact, everything that is not plain becomes its text. */
export function toWire(value: unknown): WireCell {
  switch (typeof value) {
    case 'bigint':
      return { i: value.toString() }
    case 'number':
      return Number.isFinite(value) ? value : { d: String(value) }
    case 'boolean':
    case 'string':
      return value
    default:
      return value === null || value === undefined ? null : String(value)
  }
}

const fromWire = (cell: WireCell): Cell =>
  cell === null || typeof cell !== 'object' ? cell : 'i' in cell ? BigInt(cell.i) : Number(cell.d)

/** Reads a table off the pipe. Throws a plain Error on any other shape: the child is not trusted. */
export function readTable(value: unknown): Table {
  const { columns, rows } = (value ?? {}) as Partial<WireTable>
  if (!Array.isArray(columns) || !columns.every((c) => typeof c === 'string')) throw malformed()
  if (!Array.isArray(rows)) throw malformed()
  const width = columns.length
  return {
    columns,
    rows: rows.map((row: unknown) => {
      if (!Array.isArray(row) || row.length !== width || !row.every(isWireCell)) throw malformed()
      return row.map(fromWire)
    }),
  }
}

function isWireCell(cell: unknown): cell is WireCell {
  if (cell === null || ['boolean', 'number', 'string'].includes(typeof cell)) return true
  if (typeof cell !== 'object') return false
  const { i, d } = cell as Record<string, unknown>
  return (
    (typeof i === 'string' && /^-?\d{1,60}$/.test(i)) ||
    (typeof d === 'string' && /^-?(NaN|Infinity)$/.test(d))
  )
}

const malformed = (): Error => new Error('an engine child answered out of form')
