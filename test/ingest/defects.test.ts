import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { load } from '../../src/ingest/load.ts'
import type { Planted } from '../../tools/fixtures/corrupt.ts'
import { loadCapabilities, scratchFolder, smallDictionary, smallViews } from '../support/ingest.ts'

const scratch = scratchFolder()
const capabilities = loadCapabilities()
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})

const loading = (directory: string) =>
  load(capabilities, {
    dataset: 'north',
    directory: join(scratch.path, directory),
    views: smallViews,
    dictionary: smallDictionary,
    out: join(scratch.path, `out-${directory}`),
    bases: ['https://north.example/fhir'],
  })

let planted: readonly Planted[] = []
let dirty: Awaited<ReturnType<typeof load>>
beforeAll(async () => {
  const main = resolve(import.meta.dirname, '../../tools/fixtures/main.ts')
  execFileSync(process.execPath, [main, '--persons', '260', '--out', scratch.path, '--corrupt'])
  planted = JSON.parse(readFileSync(join(scratch.path, 'defects.json'), 'utf8'))
  dirty = await loading('corrupt')
})

test('at least twenty kinds of defect are planted', () => {
  expect(new Set(planted.map((p) => p.kind)).size).toBeGreaterThanOrEqual(35)
})

test('every defect is reported with its file, line and reason, and nothing else is', () => {
  const place = ({ file, line, reason }: { file: string; line: number; reason: string }) =>
    `${file}:${line} ${reason}`
  const of = (told: string) => planted.filter((p) => p.told === told).map(place)
  expect(dirty.report.reasons.map(place).toSorted()).toEqual(of('quarantined').toSorted())
  const born = (p: string) => p.startsWith('Patient.ndjson')
  expect(
    dirty.report.notices
      .map(place)
      .filter((p) => !born(p))
      .toSorted(),
  ).toEqual(of('notice').toSorted())
})

test('accepted + quarantined + blank = read, file by file', () => {
  const { report } = dirty
  for (const f of report.files) expect(f.accepted + f.quarantined + f.blank, f.file).toBe(f.read)
  expect(report.accepted + report.quarantined + report.blank).toBe(report.read)
  expect(report.quarantined).toBe(planted.filter((p) => p.told === 'quarantined').length)
  expect(report.blank).toBe(planted.filter((p) => p.told === 'blank').length)
})

test('no good line is lost, none is changed: the snapshot is that of the repaired export', async () => {
  const repaired = await loading('repaired')
  expect(repaired.report.quarantined).toBe(0)
  expect(dirty.snapshot.digest).toBe(repaired.snapshot.digest)
  expect(dirty.snapshot.tables['observation']?.rows).toBeGreaterThan(150)
})

test('an overlong line is kept whole in the quarantine, without being held in memory', () => {
  const folder = dirty.report.quarantine ?? ''
  const index = readFileSync(join(folder, 'Observation.000.ndjson.index.ndjson'), 'utf8')
    .split('\n')
    .flatMap((l) => (l ? [JSON.parse(l)] : []))
  const long = index.find((e) => e.reason === 'longer than 32 MiB')
  const raw = readFileSync(join(folder, 'Observation.000.ndjson.raw'))
  expect(long.length).toBeGreaterThan(40_000_000)
  expect(raw.subarray(long.at, long.at + 30).toString()).toBe('{"resourceType":"Observation",')
  expect(raw.subarray(long.at + long.length - 3, long.at + long.length).toString()).toBe('}]}')
})
