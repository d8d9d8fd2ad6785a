import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../src/domain/capabilities.ts'
import type { Dictionary } from '../../src/domain/dataset.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { LoadCapabilities } from '../../src/ingest/load.ts'
import type { LoadView, Read } from '../../src/ingest/view.ts'
import { writeExports } from '../../tools/fixtures/export.ts'
import { plainJail } from './plain-jail.ts'

const read = (path: string, type: string): Read => {
  const keys = path.split('.')
  return {
    path: keys.map((k) => k.replace('*', '')),
    lists: keys.map((k) => k.endsWith('*')),
    type,
  }
}
const view = (
  name: string,
  resource: string,
  columns: string,
  select: string,
  reads: readonly Read[],
): LoadView => ({
  name,
  resource,
  reads,
  select: (relation) =>
    `SELECT ${select} FROM ${relation(columns)} WHERE "resourceType" = '${resource}'`,
})
const coded = `STRUCT("coding" STRUCT("system" VARCHAR, "code" VARCHAR)[])`
const subject = `regexp_extract(subject.reference, '^Patient/(.+)$', 1) AS person_id`

/** Three small views by hand, so that the loader is tested without the compiler. */
export const smallViews: readonly LoadView[] = [
  view(
    'patient',
    'Patient',
    `{"resourceType": 'VARCHAR', "id": 'VARCHAR', "gender": 'VARCHAR', "birthDate": 'VARCHAR', "address": 'STRUCT("state" VARCHAR)[]'}`,
    `id AS person_id, gender AS sex, "birthDate" AS birth_date, address[1].state AS region`,
    [read('gender', 'code'), read('birthDate', 'date'), read('address*.state', 'string')],
  ),
  view(
    'condition',
    'Condition',
    `{"resourceType": 'VARCHAR', "subject": 'STRUCT("reference" VARCHAR)', "code": '${coded}', "onsetDateTime": 'VARCHAR', "recordedDate": 'VARCHAR'}`,
    `${subject}, code.coding[1].code AS code, "onsetDateTime" AS onset, "recordedDate" AS recorded`,
    [
      read('code.coding*.system', 'uri'),
      read('code.coding*.code', 'code'),
      read('onsetDateTime', 'dateTime'),
      read('recordedDate', 'dateTime'),
    ],
  ),
  view(
    'observation',
    'Observation',
    `{"resourceType": 'VARCHAR', "subject": 'STRUCT("reference" VARCHAR)', "code": '${coded}', "effectiveDateTime": 'VARCHAR', "valueQuantity": 'STRUCT("value" DOUBLE, "system" VARCHAR, "code" VARCHAR)'}`,
    `${subject}, code.coding[1].code AS code, "effectiveDateTime" AS effective, "valueQuantity"."value" AS value, "valueQuantity"."code" AS unit`,
    [
      read('code.coding*.system', 'uri'),
      read('code.coding*.code', 'code'),
      read('effectiveDateTime', 'dateTime'),
      read('valueQuantity.value', 'decimal'),
      read('valueQuantity.system', 'uri'),
      read('valueQuantity.code', 'code'),
    ],
  ),
]

const person = {
  name: 'person_id',
  type: 'text',
  domain: { kind: 'person' },
  meaning: 'person',
} as const
const open = (name: string) =>
  ({ name, type: 'text', domain: { kind: 'open' }, meaning: name }) as const
export const smallDictionary: Dictionary = [
  {
    name: 'patient',
    meaning: 'persons',
    rowsPerPerson: { kind: 'one' },
    columns: [
      person,
      {
        name: 'sex',
        type: 'text',
        domain: { kind: 'enum', values: ['female', 'male'] },
        meaning: 'sex',
      },
      {
        name: 'birth_date',
        type: 'date',
        domain: { kind: 'dates', min: '1900-01-01', max: '2025-12-31' },
        meaning: 'born',
      },
      open('region'),
    ],
  },
  {
    name: 'condition',
    meaning: 'diagnoses',
    rowsPerPerson: { kind: 'many', cap: 500 },
    timeColumn: 'onset',
    columns: [
      person,
      open('code'),
      { name: 'onset', type: 'date', domain: { kind: 'open' }, meaning: 'onset' },
      { name: 'recorded', type: 'date', domain: { kind: 'open' }, meaning: 'recorded' },
    ],
  },
  {
    name: 'observation',
    meaning: 'measurements',
    rowsPerPerson: { kind: 'many', cap: 500 },
    timeColumn: 'effective',
    columns: [
      person,
      open('code'),
      { name: 'effective', type: 'timestamp', domain: { kind: 'open' }, meaning: 'when' },
      {
        name: 'value',
        type: 'decimal',
        domain: { kind: 'range', min: 0, max: 400, step: 0.1 },
        meaning: 'value',
      },
      open('unit'),
    ],
  },
]

/** The real engine in the plain jail. `seen` collects what its children wrote to fd 2. */
export function loadCapabilities(
  seen: (text: string) => void = () => undefined,
): LoadCapabilities & { engine: Engine } {
  let n = 0
  return {
    engine: createEngine({ jail: plainJail(), memoryMiB: 256, spares: 0, diagnose: seen }),
    jail: plainJail(),
    clock: { now: () => new Date('2026-01-02T03:04:05Z') },
    random: {
      bytes: (size) => new Uint8Array(size),
      id: (prefix) => `${prefix}-${process.pid}-${++n}`,
    },
  }
}

export function scratchFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'vitrine-ingest-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The export of a small north, some 130 persons with every named one and every bad line: enough where size does not matter. */
export async function smallNorth(folder: string): Promise<string> {
  await writeExports({ persons: 200, seed: 3, out: folder })
  return join(folder, 'north')
}
