import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { load } from '../../src/ingest/load.ts'
import { changes } from '../../src/ingest/quality.ts'
import { qualityPage } from '../../src/ingest/quality-page.ts'
import { measurement } from '../../tools/fixtures/resources.ts'
import { loadCapabilities, scratchFolder, smallDictionary, smallViews } from '../support/ingest.ts'

const scratch = scratchFolder()
const capabilities = loadCapabilities()
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})

const patient = (id: string, gender: string, birthDate?: string) => ({
  resourceType: 'Patient',
  id,
  gender,
  ...(birthDate && { birthDate }),
})
const value = (id: string, who: string, v: number, day: number) =>
  measurement({ patient: who, day, id }, 'laboratory', '4548-4', v, '%', 0)

async function loading(name: string, files: Readonly<Record<string, readonly object[]>>) {
  const directory = join(scratch.path, name)
  mkdirSync(directory)
  for (const [file, resources] of Object.entries(files))
    writeFileSync(
      join(directory, `${file}.ndjson`),
      resources.map((r) => `${JSON.stringify(r)}\n`).join(''),
    )
  return load(capabilities, {
    dataset: 'north',
    directory,
    views: smallViews,
    dictionary: smallDictionary,
    out: join(scratch.path, 'out'),
  })
}

const first = await loading('first', {
  Patient: [
    patient('a', 'female', '1950-01-01'),
    patient('b', 'unknown'),
    patient('c', 'male', '1850-01-01'),
  ],
  Observation: [
    value('1', 'a', 6, 10),
    value('2', 'a', 6, 10),
    value('3', 'b', 9000, 20),
    value('4', 'nobody', 7, 30),
  ],
})
const table = (report: typeof first, name: string) =>
  report.quality.tables.find((t) => t.table === name)

test('missing, outside, different values, duplicates, first and last day', () => {
  expect(first.quality.orphans).toBe(1)
  expect(table(first, 'patient')).toEqual({
    table: 'patient',
    rows: 3,
    duplicates: 0,
    variables: [
      { column: 'sex', missing: 1, outside: 1, distinct: 3 },
      { column: 'birth_date', missing: 2, outside: 1 },
      { column: 'region', missing: 3, distinct: 0 },
    ],
  })
  expect(table(first, 'observation')).toMatchObject({
    rows: 3,
    duplicates: 1,
    first: '2020-01-11',
    last: '2020-01-21',
    variables: [
      { column: 'code' },
      { column: 'effective' },
      { column: 'value', missing: 1, outside: 1 },
      { column: 'unit' },
    ],
  })
})

test('a domain holds in the table itself', async () => {
  const [answer] = await capabilities.engine.script({
    statements: [
      `SELECT sex, CAST(birth_date AS VARCHAR) FROM read_parquet('${first.snapshot.path}/patient.parquet') ORDER BY person_id`,
    ],
    read: [first.snapshot.path],
    write: [scratch.path],
  })
  expect(answer?.rows).toEqual([
    ['female', '1950-01-01'],
    [null, null],
    ['male', null],
  ])
})

test('what changed since the last load', async () => {
  const second = await loading('second', {
    Patient: [
      patient('a', 'female', '1950-01-01'),
      patient('b', 'male', '1951-01-01'),
      patient('c', 'male', '1952-01-01'),
    ],
    Observation: [value('1', 'a', 6, 10), value('2', 'a', 6, 12)],
  })
  expect(changes(first.quality, first.quality)).toEqual([])
  const changed = changes(first.quality, second.quality)
  expect(changed).toContainEqual({
    place: 'patient.sex',
    what: 'missing share',
    before: 0.333,
    after: 0,
  })
  expect(changed).toContainEqual({ place: 'observation', what: 'rows', before: 3, after: 2 })
  const page = qualityPage(second.quality, changed)
  expect(page).toContain('<td>patient.sex</td><td>missing share</td><td>0.333</td><td>0</td>')
  expect(page).toContain('for the data holder only')
  expect(qualityPage({ ...second.quality, dataset: '<script>' })).not.toContain('<script>')
})
