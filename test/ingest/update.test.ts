import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { losers } from '../../src/ingest/conflict.ts'
import { load } from '../../src/ingest/load.ts'
import { condition, measurement } from '../../tools/fixtures/resources.ts'
import { loadCapabilities, scratchFolder, smallDictionary, smallViews } from '../support/ingest.ts'

const scratch = scratchFolder()
const capabilities = loadCapabilities()
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})

type Resource = Readonly<Record<string, unknown>>
const patient = (id: string, more: object = {}): Resource => ({
  resourceType: 'Patient',
  id,
  meta: { lastUpdated: '2024-01-01T00:00:00Z' },
  gender: 'female',
  birthDate: '1960-05-05',
  ...more,
})
const dx = (id: string, who: string, code: string, day: number) =>
  condition({ patient: who, day, id }, code, day, false)
const hba1c = (id: string, who: string, value: number, day: number) =>
  measurement({ patient: who, day, id }, 'laboratory', '4548-4', value, '%', 0)
const deleted = (...urls: string[]): Resource => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: urls.map((url) => ({ request: { method: 'DELETE', url } })),
})

function folder(name: string, files: Readonly<Record<string, readonly Resource[]>>): string {
  const path = join(scratch.path, name)
  mkdirSync(path)
  for (const [file, resources] of Object.entries(files))
    writeFileSync(
      join(path, `${file}.ndjson`),
      resources.map((r) => `${JSON.stringify(r)}\n`).join(''),
    )
  const output = Object.keys(files).filter((f) => f !== 'deleted')
  writeFileSync(
    join(path, 'manifest.json'),
    JSON.stringify({
      transactionTime: '2025-01-01T00:00:00Z',
      request: 'https://north.example/fhir/$export',
      output: output.map((type) => ({ type, url: `https://north.example/files/${type}.ndjson` })),
      deleted: files['deleted']
        ? [{ type: 'Bundle', url: 'https://north.example/files/deleted.ndjson' }]
        : [],
    }),
  )
  return path
}
const loading = (name: string, directory: string, since: readonly string[] = []) =>
  load(capabilities, {
    dataset: 'north',
    directory,
    since,
    views: smallViews,
    dictionary: smallDictionary,
    out: join(scratch.path, name),
  })

const full = folder('full', {
  Patient: [patient('a'), patient('b'), patient('c')],
  Condition: [dx('c1', 'a', 'I10', 100), dx('c2', 'b', 'I10', 100), dx('c3', 'c', 'I10', 100)],
  Observation: [hba1c('o1', 'a', 6.1, 200), hba1c('o2', 'b', 6.2, 200), hba1c('o3', 'a', 6.3, 500)],
})
const january = folder('january', {
  Patient: [
    patient('d'),
    patient('a', { gender: 'male', meta: { lastUpdated: '2025-01-01T01:00:00+01:00' } }),
  ],
  Observation: [hba1c('o1', 'a', 7.1, 300), hba1c('o3', 'a', 9.9, 400)],
  deleted: [deleted('Condition/c2', 'https://north.example/fhir/Patient/c')],
})
const february = folder('february', { Condition: [dx('c2', 'b', 'E11.9', 600)] })

describe('later exports on top of a full one', () => {
  test('the snapshot is that of a full export made at the end', async () => {
    const merged = await loading('merged', full, [january, february])
    const { report } = merged
    expect(report.superseded).toBe(3) // a, o1, and the o3 of January, which is older than the one before it
    expect(report.deleted).toBe(2) // c2 as it was, and c
    expect(report.read).toBe(report.accepted + report.quarantined + report.blank)
    expect(report.quarantined).toBe(0)
    const later = folder('later', {
      Patient: [patient('a', { gender: 'male' }), patient('b'), patient('d')],
      Condition: [dx('c1', 'a', 'I10', 100), dx('c2', 'b', 'E11.9', 600)],
      Observation: [
        hba1c('o1', 'a', 7.1, 300),
        hba1c('o2', 'b', 6.2, 200),
        hba1c('o3', 'a', 6.3, 500),
      ],
    })
    expect(merged.snapshot.digest).toBe((await loading('again', later)).snapshot.digest)
    expect(report.notices).toEqual([
      { file: 'full/Condition.ndjson', line: 3, reason: 'subject is not in the export' },
    ])
  })

  test('two versions within one export are a fault, and the newer one stays', async () => {
    const twice = folder('twice', {
      Patient: [patient('a')],
      Observation: [
        hba1c('o1', 'a', 5.5, 100),
        hba1c('o1', 'a', 6.5, 200),
        hba1c('o1', 'a', 7.5, 150),
      ],
    })
    const { report } = await loading('twice-out', twice)
    expect(report.reasons).toEqual([
      { file: 'Observation.ndjson', line: 1, reason: 'the same id twice' },
      { file: 'Observation.ndjson', line: 3, reason: 'the same id twice' },
    ])
  })
})

describe('which version stays', () => {
  const v = (line: number, updated: string, generation: number) => ({
    file: generation,
    line,
    updated,
    generation,
  })
  test.each([
    ['the newer one', [v(1, '2024', 0), v(2, '2025', 1)], -1, ['1 superseded']],
    ['the later export among equals', [v(1, '2024', 0), v(2, '2024', 1)], -1, ['1 superseded']],
    [
      'the newer one, though it came before',
      [v(1, '2025', 0), v(2, '2024', 1)],
      -1,
      ['2 superseded'],
    ],
    ['none, when deleted', [v(1, '2025', 0), v(2, '2026', 1)], 1, ['1 deleted', '2 deleted']],
    ['what came after the deletion', [v(1, '2026', 0), v(2, '2025', 2)], 1, ['1 deleted']],
    ['the first among equals of one export', [v(1, '', 0), v(2, '', 0)], -1, ['2 twice']],
  ])('%s', (_, versions, deletedIn, expected) => {
    expect(losers(versions, deletedIn).map((l) => `${l.line} ${l.why}`)).toEqual(expected)
  })
})
