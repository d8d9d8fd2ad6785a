import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Dictionary } from '../../../src/domain/dataset.ts'
import { exportColumns } from '../../../src/workspace/export.ts'
import { scriptEngine } from '../../support/engine.ts'

const column = (name: string, type: Dictionary[number]['columns'][number]['type']) =>
  ({ name, type, domain: { kind: 'open' }, meaning: name }) as const
const person = {
  name: 'person_id',
  type: 'integer',
  domain: { kind: 'person' },
  meaning: 'the person',
} as const

const dictionary: Dictionary = [
  {
    name: 'patient',
    meaning: 'persons',
    rowsPerPerson: { kind: 'one' },
    columns: [
      person,
      column('sex', 'text'),
      column('alive', 'boolean'),
      column('visits', 'integer'),
    ],
  },
  {
    name: 'observation',
    meaning: 'measurements',
    rowsPerPerson: { kind: 'many', cap: 10 },
    columns: [person, column('code', 'text'), column('value', 'decimal'), column('day', 'date')],
  },
]

const SEX = `[NULL, 'fem' || chr(34) || 'ale', 'mále 😀', 'a' || chr(10) || chr(92) || 'b'][1 + i % 4]`
const tables: Readonly<Record<string, string>> = {
  patient: `SELECT CAST(i AS INTEGER) AS person_id, ${SEX} AS sex, [true, false, NULL][1 + i % 3] AS alive,
    CASE WHEN i % 5 > 0 THEN CAST(i * 3000000000 - 90000000000 AS BIGINT) END AS visits FROM range(60) t(i)`,
  observation: `SELECT CAST(i AS INTEGER) AS person_id, ['8480-6', '2160-0'][1 + j % 2] AS code,
    CASE WHEN (i + j) % 7 > 0 THEN 100 + (i * 37 + j * 11) % 60 / 10.0 END AS value,
    CASE WHEN j < 4 THEN DATE '1969-12-30' + CAST(i * 200 + j AS INTEGER) ELSE DATE '2020-02-29' END AS day
    FROM range(60) t(i), range(5) u(j)`,
}

/** A workspace of invented persons with every kind of column, as a run exports it, in a folder of `within`. */
export async function exportedWorkspace(within: string): Promise<string> {
  const folder = mkdtempSync(join(within, 'vitrine-whole-test-'))
  const engine = scriptEngine()
  const database = join(folder, 'ws.duckdb')
  await engine.script({
    statements: [
      `ATTACH '${database}' AS w`,
      ...Object.entries(tables).map(([name, rows]) => `CREATE TABLE w.main.${name} AS ${rows}`),
    ],
    read: [],
    write: [folder],
  })
  const out = join(folder, 'data')
  await exportColumns({ engine }, { database, dictionary, out })
  return out
}
