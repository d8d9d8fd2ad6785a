import type { ColumnType, Dictionary } from '../domain/dataset.ts'

const columnTypes: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The tables of a dictionary without a row, as a workspace would hold them. */
export const emptyTables = (dictionary: Dictionary): string[] =>
  dictionary.map(({ name, columns }) => {
    const fields = columns.map(
      (c) => `${quoted(c.name)} ${c.domain.kind === 'person' ? 'INTEGER' : columnTypes[c.type]}`,
    )
    return `CREATE TABLE "ws"."main".${quoted(name)} (${fields.join(', ')})`
  })
