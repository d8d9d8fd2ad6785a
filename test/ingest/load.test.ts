import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'
import { load, rehearse } from '../../src/ingest/load.ts'
import { badLines } from '../../tools/fixtures/damage.ts'
import { human } from '../../tools/fixtures/human.ts'
import { loadCapabilities, scratchFolder, smallDictionary, smallViews } from '../support/ingest.ts'

const fixtures = resolve(import.meta.dirname, '../../fhir-fixtures')
const scratch = scratchFolder()
let said = ''
const capabilities = loadCapabilities((text) => {
  said += text
})
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})

const request = (dataset: string, more: object = {}) => ({
  dataset,
  directory: join(fixtures, dataset),
  views: smallViews,
  dictionary: smallDictionary,
  out: join(scratch.path, 'out'),
  ...more,
})
const rows = async (path: string, sql: string): Promise<readonly (readonly Cell[])[]> =>
  (
    await capabilities.engine.script({
      statements: [
        sql.replaceAll(
          /FROM (\w+)/g,
          (_, t: string) => `FROM read_parquet('${path}/${t}.parquet')`,
        ),
      ],
      read: [path],
      write: [scratch.path],
    })
  )[0]?.rows ?? []

let loaded: Awaited<ReturnType<typeof load>>
beforeAll(async () => {
  loaded = await load(capabilities, request('north')).catch((error) => {
    throw new Error(`${JSON.stringify(error)} ${said}`)
  })
})

describe('the export of north', () => {
  test('every line is accounted for', () => {
    const { report } = loaded
    expect(report.read).toBe(report.accepted + report.quarantined + report.blank)
    for (const f of report.files) expect(f.read, f.file).toBe(f.accepted + f.quarantined + f.blank)
    expect(report.quarantined).toBe(
      badLines.filter((b) => b.hospital === 'north' && b.what !== 'blank').length,
    )
    expect(report.blank).toBe(1)
    expect(report.reasons.map((r) => `${r.file} ${r.reason}`).toSorted()).toEqual([
      'Condition.ndjson Condition.recordedDate is not a date',
      'Condition.ndjson id is missing',
      'Observation.ndjson Observation.valueQuantity.value is not a number',
      'Observation.ndjson truncated JSON',
      'Procedure.ndjson resourceType is missing',
    ])
  })

  test('each reason stands at the line that is bad', () => {
    for (const { file, line } of loaded.report.reasons) {
      const text = readFileSync(join(fixtures, 'north', file), 'utf8').split('\n')[line - 1]
      expect(text, `${file}:${line}`).toMatch(/"bad-\d"|"meta":\{"lastUpdated":"2022-06-19/)
    }
  })

  test('linked records are one person', async () => {
    const people = Array.from({ length: 2000 }, (_, i) => human(1, i)).filter((h) =>
      h.hospitals.includes('north'),
    )
    expect(loaded.snapshot.persons).toBe(people.length)
    expect(loaded.report.patients).toBe(
      people.length + people.filter((h) => h.linked !== 'no').length,
    )
    expect(loaded.snapshot.tables['patient']?.rows).toBe(people.length)
    const linked = await rows(
      loaded.snapshot.path,
      "SELECT DISTINCT person_id FROM condition WHERE person_id LIKE '%linked-%' ORDER BY 1",
    )
    expect(linked.flat()).toEqual([
      'north/Patient/linked-1',
      'north/Patient/linked-2',
      'north/Patient/north-linked-4',
    ])
  })

  test('objections are a table of persons', async () => {
    const people = Array.from({ length: 2000 }, (_, i) => human(1, i))
    const objecting = people.filter((h) => h.hospitals.includes('north') && h.optedOut)
    expect(loaded.report.optedOut).toBe(objecting.length)
    const out = (await rows(loaded.snapshot.path, 'SELECT person_id FROM opted_out')).flat()
    expect(out).toHaveLength(objecting.length)
    expect(out).toContain('north/Patient/optout-3')
    expect(out.filter((p) => String(p).includes('decoy'))).toEqual([])
  })

  test('partial dates become their first day, moments UTC', async () => {
    expect(
      await rows(
        loaded.snapshot.path,
        "SELECT person_id, CAST(birth_date AS VARCHAR) FROM patient WHERE person_id LIKE '%born-%' ORDER BY 1",
      ),
    ).toEqual([
      ['north/Patient/born-month', '1971-03-01'],
      ['north/Patient/born-year', '1957-01-01'],
    ])
    expect(loaded.report.noticed['partial date']).toBe(2)
    const clock = await rows(
      loaded.snapshot.path,
      'SELECT DISTINCT hour(effective) FROM observation ORDER BY 1',
    )
    expect(clock.flat().map(Number)).toEqual([0, 8, 10])
  })

  test('no column holds nested text', async () => {
    const suspects = [
      ['observation', 'unit'],
      ['observation', 'code'],
      ['condition', 'code'],
      ['patient', 'region'],
    ].map(
      ([table, column]) =>
        `SELECT ${column} AS c FROM ${table} WHERE ${column} LIKE '%{"%' OR ${column} LIKE '[%'`,
    )
    expect(await rows(loaded.snapshot.path, suspects.join(' UNION ALL '))).toEqual([])
  })

  test('bad lines lie in the quarantine, for their owner only', () => {
    const folder = loaded.report.quarantine ?? ''
    const raw = readFileSync(join(folder, 'Observation.ndjson.raw'), 'utf8')
    expect(raw).toContain('"bad-1"')
    const index = readFileSync(join(folder, 'Observation.ndjson.index.ndjson'), 'utf8')
    expect(index).not.toContain('bad-1')
    const [first] = index.split('\n').map((l) => (l ? JSON.parse(l) : {}))
    expect(first).toMatchObject({
      file: 'Observation.ndjson',
      line: 15,
      reason: 'truncated JSON',
      at: 0,
      length: 173,
    })
    for (const file of readdirSync(folder))
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
  })

  test('nothing else is left behind', () => {
    const names = readdirSync(join(scratch.path, 'out')).filter((n) => n !== 'quarantine')
    expect(names.filter((n) => n.startsWith('.'))).toEqual([])
    expect(readdirSync(loaded.snapshot.path).toSorted()).toEqual([
      'condition.parquet',
      'manifest.json',
      'observation.parquet',
      'opted_out.parquet',
      'patient.parquet',
    ])
  })

  test('the report names no value', () => {
    const text = JSON.stringify(loaded.report)
    const { names, identifiers, codes } = JSON.parse(
      readFileSync(join(fixtures, 'canaries.json'), 'utf8'),
    )
    for (const canary of [...names, ...identifiers, ...codes]) expect(text).not.toContain(canary)
  })
})

test('loaded again, the digest is the same', async () => {
  const again = await load(capabilities, request('north', { out: join(scratch.path, 'again') }))
  expect(again.snapshot.digest).toBe(loaded.snapshot.digest)
  const twice = await load(capabilities, request('north'))
  expect(twice.snapshot.path).toBe(loaded.snapshot.path)
})

test('east: the same id twice, another type, null, not UTF-8', async () => {
  const { report } = await load(capabilities, request('east'))
  expect(report.reasons.map((r) => r.reason).toSorted()).toEqual([
    'another resource type than the file says',
    'not UTF-8',
    'not a JSON object',
    'the same id twice',
  ])
  expect(report.read).toBe(report.accepted + report.quarantined + report.blank)
})

test('a rehearsal says the same and publishes nothing', async () => {
  const out = join(scratch.path, 'rehearsal')
  const { report, quality } = await rehearse(capabilities, request('north', { out }))
  const { quarantine: _, ...expected } = loaded.report
  expect(report).toEqual(expected)
  expect(quality).toEqual(loaded.quality)
  expect(readdirSync(out)).toEqual([])
})

describe('refusals', () => {
  const refusal = async (work: Promise<unknown>): Promise<Record<string, unknown>> => {
    try {
      await work
    } catch (error) {
      if (error instanceof Problem) return error.toJSON()
      throw error
    }
    throw new Error('nothing was thrown')
  }
  test('a folder that is not there, or empty', async () => {
    const empty = join(scratch.path, 'empty')
    mkdirSync(empty)
    expect(
      (await refusal(load(capabilities, request('x', { directory: '/nowhere' }))))['rule'],
    ).toBe('folder-unreadable')
    expect((await refusal(load(capabilities, request('x', { directory: empty }))))['rule']).toBe(
      'no-files',
    )
    expect((await refusal(load(capabilities, request('../x'))))['rule']).toBe('dataset-name')
  })
  test('an export without its patients', async () => {
    const part = join(scratch.path, 'part')
    mkdirSync(part)
    cpSync(join(fixtures, 'north/Condition.ndjson'), join(part, 'Condition.ndjson'))
    expect((await refusal(load(capabilities, request('x', { directory: part }))))['rule']).toBe(
      'no-patients',
    )
  })
  test('a file that the manifest promises', async () => {
    const part = join(scratch.path, 'promised')
    mkdirSync(part)
    for (const f of ['manifest.json', 'Patient.ndjson'])
      cpSync(join(fixtures, 'north', f), join(part, f))
    expect(await refusal(load(capabilities, request('x', { directory: part })))).toMatchObject({
      rule: 'file-missing',
      place: 'Encounter.ndjson',
    })
    expect(existsSync(join(scratch.path, 'out/.loading-x'))).toBe(false)
  })
})
