import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dictionary, TableSpec } from '../../src/domain/dataset.ts'
import { tableStatement, text } from '../../src/workspace/sql.ts'
import { specDictionary } from '../spec/dictionary.ts'

/** Patients and ten diagnoses for each on average, cut into a workspace by the statements that the product uses. */
export const people: Dictionary = specDictionary.filter((t) =>
  ['patient', 'condition'].includes(t.name),
)
const spec = (name: string): TableSpec => people.find((t) => t.name === name) as TableSpec

const pick = (values: readonly string[], salt: string): string =>
  `list_extract([${values.map(text).join(', ')}], 1 + (hash(i, j, '${salt}') % ${values.length})::INTEGER)`
const day = (from: string, days: number, salt: string): string =>
  `(DATE '${from}' + (hash(i, j, '${salt}') % ${days})::INTEGER)`
const mostly = (expression: string, salt: string): string =>
  `CASE WHEN hash(i, j, '${salt}?') % 100 >= 3 THEN ${expression} END`

const person = "'person-' || i AS person_id"
const patients = (persons: number): string => `SELECT ${person},
  ${mostly(pick(['female', 'male', 'female', 'male', 'other', 'unknown'], 'sex'), 'sex')} AS sex,
  ${mostly(day('1930-01-01', 33_000, 'born'), 'born')} AS birth_date,
  (1930 + hash(i, j, 'year') % 90)::BIGINT AS birth_year, hash(i, j, 'dead') % 10 = 0 AS deceased,
  NULL::DATE AS deceased_date,
  ${mostly(pick(['north-coast', 'north-inland', 'east-hills', 'east-plain'], 'region'), 'region')} AS region
  FROM range(${persons}) p(i), range(1) e(j)`
/** Person i has 1 to 19 rows; one has 400, of which the cap of the table leaves 200. */
const conditions = (persons: number): string => `SELECT ${person},
  ${mostly(pick(['I10', 'I10', 'I10', 'E11.9', 'E11.9', 'E78.5', 'J45.9', 'F32.9', 'N18.3'], 'icd'), 'icd')} AS code,
  'icd-10' AS system, ${mostly(day('2005-01-01', 7000, 'onset'), 'onset')} AS onset_date,
  ${day('2005-01-01', 7300, 'recorded')} AS recorded_date,
  ${pick(['active', 'active', 'resolved'], 'status')} AS clinical_status,
  ${pick(['confirmed', 'confirmed', 'provisional', 'refuted'], 'verified')} AS verification_status
  FROM (SELECT i, unnest(range(CASE WHEN i = 7 THEN 400 ELSE (1 + hash(i, 'rows') % 19)::BIGINT END)) AS j
    FROM range(${persons}) p(i))`

/**
 * Writes `<folder>/<persons>.duckdb` and answers its path and its rows of events: Parquet files as the loader would, the
 * map of ordinals as the escrow holds it, and of both each table by the statement of src/workspace/build.ts.
 */
export async function writePeople(
  connection: DuckDBConnection,
  folder: string,
  persons: number,
): Promise<Readonly<{ database: string; events: number }>> {
  const file = (name: string): string => join(folder, `${persons}.${name}`)
  const ordinals = file('ndjson')
  const database = file('duckdb')
  const period = { from: '1900-01-01', to: '2100-12-31' }
  const cut = (table: TableSpec): string =>
    tableStatement(table, table.columns, {
      parquet: file(`${table.name}.parquet`),
      persons: ordinals,
      period,
    })
  for (const statement of [
    `COPY (${patients(persons)}) TO ${text(file('patient.parquet'))} (FORMAT parquet)`,
    `COPY (${conditions(persons)}) TO ${text(file('condition.parquet'))} (FORMAT parquet)`,
    `COPY (SELECT (row_number() OVER (ORDER BY pseudonym) - 1)::INTEGER AS ordinal, pseudonym, person
      FROM (SELECT 'person-' || i AS person, sha256('person-' || i) AS pseudonym FROM range(${persons}) p(i)))
      TO ${text(ordinals)} (FORMAT json)`,
    `ATTACH ${text(database)} AS ws`,
    ...['patient', 'condition'].map((name) => cut(spec(name))),
    'CHECKPOINT ws',
  ])
    await connection.run(statement)
  const counted = await connection.runAndReadAll('SELECT count(*) FROM ws.main.condition')
  await connection.run('DETACH ws')
  return { database, events: Number(counted.getRows()[0]?.[0]) }
}
