import type { ColumnSpec, Dictionary, TableSpec } from '../domain/dataset.ts'
import { name, text } from './sql.ts'

/**
 * Statements that hand each person's own records to a script and take its answers back. Every name is quoted; the file
 * of records holds `{"person":<ordinal>,"records":{"<table>":[{...},...],...}}`, one person per line.
 */

/** Dates as ISO text, numbers finite and without a sign of zero (equal rows must be equal), the rest as JSON has it; never the key. */
function value({ name: id, type }: ColumnSpec): string {
  const column = name(id)
  if (type === 'date' || type === 'timestamp') return `CAST(${column} AS VARCHAR)`
  if (type === 'decimal') return `CASE WHEN isfinite(${column}) THEN ${column} + 0e0 END`
  return column
}

const valuesOf = (table: TableSpec): readonly ColumnSpec[] =>
  table.columns.filter((it) => it.domain.kind !== 'person')

/** A person's rows of one table, in an order that only their values make: equal rows cannot be told apart. */
function rowsOf(table: TableSpec): string {
  const row = `struct_pack(${valuesOf(table).map((it) => `${name(it.name)} := ${value(it)}`)})`
  return `(SELECT person_id, list(${row} ORDER BY ${row}) AS "~rows" FROM "ws"."main".${name(table.name)} GROUP BY person_id)`
}

/**
 * Writes the records of every person who has a row in one of the tables, in the order of their ordinals. `seen` is what
 * the script reads (every table with one column at least beside the key); a person without rows in a table has `[]`.
 */
export function recordsStatement(seen: Dictionary, to: string): string {
  const everybody = seen
    .map((it) => `SELECT DISTINCT person_id FROM "ws"."main".${name(it.name)}`)
    .join(' UNION ')
  const joins = seen.map((it, i) => `LEFT JOIN ${rowsOf(it)} t${i} USING (person_id)`).join(' ')
  const records = seen.map((it, i) => `${name(it.name)} := coalesce(t${i}."~rows", [])`).join(', ')
  return (
    `COPY (SELECT person_id AS person, struct_pack(${records}) AS records FROM (${everybody}) p ${joins} ` +
    `ORDER BY person_id) TO ${text(to)} (FORMAT json)`
  )
}

const types = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
} as const

/** Makes one table, sorted by person, of a file with one JSON object per person and line. */
export function frameStatement(table: TableSpec, from: string): string {
  const columns = table.columns
    .map(
      ({ name: id, type, domain }) =>
        `${name(id)}: '${domain.kind === 'person' ? 'INTEGER' : types[type]}'`,
    )
    .join(', ')
  return (
    `CREATE TABLE "ws"."main".${name(table.name)} AS SELECT ${table.columns.map((it) => name(it.name))} ` +
    `FROM read_json(${text(from)}, format = 'newline_delimited', columns = {${columns}}) ORDER BY person_id`
  )
}
