import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Keys } from '../../src/domain/capabilities.ts'
import type { ColumnSpec, Dictionary, Snapshot } from '../../src/domain/dataset.ts'
import { sha256 } from '../../src/domain/digest.ts'
import { scriptEngine } from './engine.ts'

export const scratch = (): string => mkdtempSync(join(tmpdir(), 'vitrine-test-'))

export const testPseudonym =
  (secret = 'test permit key'): Keys['pseudonym'] =>
  (permit, person) =>
    createHmac('sha256', `${secret}/${permit}`).update(person).digest('hex')

const column = (name: string, type: ColumnSpec['type'], domain: ColumnSpec['domain']) => ({
  name,
  type,
  domain,
  meaning: name,
})
const person = column('person_id', 'text', { kind: 'person' })

export const smallDictionary: Dictionary = [
  {
    name: 'patient',
    meaning: 'one row per person',
    rowsPerPerson: { kind: 'one' },
    columns: [
      person,
      column('sex', 'text', { kind: 'enum', values: ['female', 'male'] }),
      column('birth_date', 'date', { kind: 'dates', min: '1900-01-01', max: '2030-12-31' }),
    ],
  },
  {
    name: 'observation',
    meaning: 'measurements',
    rowsPerPerson: { kind: 'many', cap: 3 },
    timeColumn: 'effective_date',
    columns: [
      person,
      column('effective_date', 'date', { kind: 'dates', min: '1900-01-01', max: '2030-12-31' }),
      column('code', 'text', { kind: 'codes', system: 'http://loinc.org', values: ['A', 'B'] }),
      column('value', 'decimal', { kind: 'range', min: 0, max: 100, step: 0.1 }),
      column('note', 'text', { kind: 'open' }),
    ],
  },
]

/** Writes the given SELECTs as a snapshot's Parquet files. */
export async function snapshotOf(
  tables: Readonly<Record<string, string>>,
  path = scratch(),
): Promise<Snapshot> {
  const names = Object.keys(tables)
  const written = await scriptEngine().script({
    statements: names.map(
      (t) => `COPY (${tables[t]}) TO '${join(path, `${t}.parquet`)}' (FORMAT parquet)`,
    ),
    read: [],
    write: [path],
  })
  const entries = names.map((t, i) => [
    t,
    {
      file: `${t}.parquet`,
      sha256: sha256(readFileSync(join(path, `${t}.parquet`))),
      rows: Number(written[i]?.rows[0]?.[0] ?? 0),
    },
  ])
  return {
    digest: sha256(JSON.stringify(entries)),
    dataset: 'north',
    path,
    tables: Object.fromEntries(entries),
    persons: 0,
    loadedAt: '2026-01-01T00:00:00Z',
  }
}

/** 200 persons: p0..p199, alternating sex, born 1940 to 2000; person i has i % 8 observations; five opted out. */
export const smallTables: Readonly<Record<string, string>> = {
  patient: `SELECT 'p' || i AS person_id, CASE i % 2 WHEN 0 THEN 'female' ELSE 'male' END AS sex,
    CAST(DATE '1940-01-01' + INTERVAL (i * 100) DAY AS DATE) AS birth_date FROM range(200) t(i)`,
  observation: `SELECT 'p' || i AS person_id, CAST(DATE '2020-01-01' + INTERVAL (i + j * 200) DAY AS DATE) AS effective_date,
    CASE j % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' ELSE 'C' END AS code,
    CASE WHEN j = 5 THEN 1000.0 ELSE CAST(i % 100 AS DOUBLE) END AS value, 'free ' || j AS note
    FROM range(200) t(i), range(8) u(j) WHERE j < i % 8
    UNION ALL SELECT 'stranger', DATE '2020-06-01', 'A', 1.0, 'x' UNION ALL SELECT NULL, DATE '2020-06-01', 'A', 1.0, 'y'`,
  opted_out: `SELECT 'p' || i AS person_id FROM range(5) t(i)`,
}
