import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../domain/capabilities.ts'
import type { ColumnSpec, ColumnType, Dictionary } from '../domain/dataset.ts'
import { type Dtype, levelsFrom, npyFrom } from './npy.ts'
import { name, text } from './sql.ts'

/** How a column lies on disk: little endian, one dimension, and what stands for NULL. */
const layouts: Readonly<
  Record<
    ColumnType | 'person',
    Readonly<{ dtype: Dtype; value: (column: string) => string; missing: string }>
  >
> = {
  person: { dtype: '<i4', value: (c) => c, missing: '-1' },
  text: { dtype: '<i4', value: (c) => c, missing: '-1' },
  integer: { dtype: '<i8', value: (c) => c, missing: '-9223372036854775808' },
  decimal: { dtype: '<f8', value: (c) => c, missing: 'nan' },
  boolean: { dtype: '|i1', value: (c) => `CAST(${c} AS TINYINT)`, missing: '-1' },
  date: { dtype: '<i4', value: (c) => `(${c} - DATE '1970-01-01')`, missing: '-2147483648' },
  timestamp: { dtype: '<i8', value: (c) => `epoch_us(${c})`, missing: '-9223372036854775808' },
}

type Part = Readonly<{
  table: string
  column: ColumnSpec
  shown: string
  kind: ColumnType | 'person'
}>

/**
 * Writes what a whole-workspace script sees (design/sandbox.md, contract of one run): one `.npy` per column, a levels file
 * per text column, and `manifest.json`. `person` is the permuted ordinal; no other key is in it. Rows keep the order of
 * the workspace, so equal workspaces give equal bytes. `out` must not exist yet. Throws what the engine throws.
 */
export async function exportColumns(
  { engine }: Readonly<{ engine: Pick<Engine, 'script'> }>,
  job: Readonly<{ database: string; dictionary: Dictionary; out: string; signal?: AbortSignal }>,
): Promise<void> {
  const { database, dictionary, out, signal } = job
  await mkdir(out, { mode: 0o700 })
  const parts = dictionary.flatMap(({ name: table, columns }) =>
    columns.map((column): Part => {
      const person = column.domain.kind === 'person'
      return {
        table,
        column,
        shown: person ? 'person' : column.name,
        kind: person ? 'person' : column.type,
      }
    }),
  )
  const counted = await engine.script({
    statements: [
      `ATTACH ${text(database)} AS ws (READ_ONLY)`,
      ...dictionary.map((t) => `SELECT count(*) FROM ws.main.${name(t.name)}`),
      ...parts.flatMap((part) => copies(part, out)),
    ],
    read: [database],
    write: [out],
    ...(signal && { signal }),
  })
  const rows = new Map(dictionary.map((t, i) => [t.name, Number(counted[i + 1]?.rows[0]?.[0])]))
  const base = (part: Part): string => `${part.table}.${part.shown}`
  for (const part of parts) {
    const path = join(out, base(part))
    await npyFrom(`${path}.csv`, `${path}.npy`, layouts[part.kind].dtype, rows.get(part.table) ?? 0)
    if (part.kind === 'text') await levelsFrom(`${path}.levels.csv`, `${path}.levels.json`)
  }
  const tables = dictionary.map((t) => [
    t.name,
    {
      rows: rows.get(t.name),
      columns: Object.fromEntries(
        parts
          .filter((p) => p.table === t.name)
          .map((p) => [
            p.shown,
            {
              type: p.kind,
              file: `${base(p)}.npy`,
              ...(p.kind === 'text' && { levels: `${base(p)}.levels.json` }),
            },
          ]),
      ),
    },
  ])
  await writeFile(
    join(out, 'manifest.json'),
    `${JSON.stringify({ tables: Object.fromEntries(tables) })}\n`,
  )
}

function copies({ table, column, shown, kind }: Part, out: string): string[] {
  const from = `ws.main.${name(table)}`
  const path = join(out, `${table}.${shown}`)
  const { value, missing } = layouts[kind]
  const copy = (select: string, file: string): string =>
    `COPY (${select}) TO ${text(file)} (FORMAT csv, HEADER false)`
  if (kind !== 'text')
    return [
      copy(
        `SELECT coalesce(CAST(${value(name(column.name))} AS VARCHAR), ${text(missing)}) FROM ${from} ORDER BY rowid`,
        `${path}.csv`,
      ),
    ]
  const levels = `SELECT v, row_number() OVER (ORDER BY v) - 1 AS i FROM (SELECT DISTINCT ${name(column.name)} AS v FROM ${from} WHERE ${name(column.name)} IS NOT NULL)`
  return [
    copy(
      `SELECT coalesce(l.i, -1) FROM ${from} t LEFT JOIN (${levels}) l ON t.${name(column.name)} = l.v ORDER BY t.rowid`,
      `${path}.csv`,
    ),
    // as JSON, so that a line break in a text cannot make two levels of it
    `COPY (SELECT to_json(v) FROM (${levels}) ORDER BY i) TO ${text(`${path}.levels.csv`)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')`,
  ]
}
