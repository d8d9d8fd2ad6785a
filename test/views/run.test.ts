import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, expect, test } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { standardViews } from '../../src/views/dictionary.ts'
import { holdsResource, viewOver } from '../../src/views/run.ts'

const scratch = mkdtempSync(join(tmpdir(), 'vitrine-view-run-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const fixtures = resolve(import.meta.dirname, '../../fhir-fixtures/north')
const patient = standardViews.find((v) => v.table === 'patient')?.view

test('one statement runs a view over the fixtures, plain and gzip', async () => {
  const plain = join(fixtures, 'Patient.ndjson')
  const packed = join(scratch, '1.Patient.ndjson.gz')
  const bytes = readFileSync(plain)
  writeFileSync(packed, gzipSync(bytes))
  const lines = bytes.toString('utf8').split('\n').filter(Boolean).length
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const { sql, columns } = viewOver(patient, [plain, packed, join(fixtures, 'Condition.ndjson')])
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS()
  connection.closeSync()
  instance.closeSync()
  expect(rows).toHaveLength(2 * lines)
  expect(Object.keys(rows[0] ?? {})).toEqual(columns.map((c) => c.name))
  expect(rows[0]).toMatchObject({ person_id: 'canary-1', sex: 'female', deceased: false })
})

test('a folder without the resource is refused by name', () => {
  expect(() => viewOver(patient, ['/x/Condition.ndjson', '/x/PatientList.ndjson'])).toThrow(Problem)
})

test('file names as servers give them', () => {
  for (const name of [
    'Patient.ndjson',
    '/a/1.Patient.ndjson.gz',
    'Patient.000.ndjson',
    'Patient-2.ndjson',
  ])
    expect(holdsResource(name, 'Patient'), name).toBe(true)
  for (const name of ['Patient.json', 'MyPatient.ndjson', 'Patient.ndjson.bak', 'Patients.ndjson'])
    expect(holdsResource(name, 'Patient'), name).toBe(false)
})
