import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeStore } from '../../src/cli/compose.ts'
import { readConfig } from '../../src/cli/config.ts'
import { load } from '../../src/cli/load.ts'
import { ownView } from '../../src/cli/own-view.ts'
import { viewAdd } from '../../src/cli/view-add.ts'
import { viewLs } from '../../src/cli/view-ls.ts'
import type { Permit } from '../../src/domain/permit.ts'
import { gatewayActor } from '../../src/domain/role.ts'
import { openShell, type Shell } from '../support/cli.ts'
import { scratchFolder } from '../support/ingest.ts'
import { problemOf } from '../support/problem.ts'

const scratch = scratchFolder()
let shell: Shell
beforeAll(async () => {
  shell = await openShell()
})
afterAll(async () => {
  await shell.close()
  scratch.remove()
})

const view = {
  resourceType: 'ViewDefinition',
  name: 'marital',
  status: 'active',
  resource: 'Patient',
  select: [
    {
      column: [
        { name: 'person_id', path: 'getResourceKey()', type: 'string' },
        { name: 'marital_status', path: 'maritalStatus.coding.code.first()', type: 'code' },
      ],
    },
  ],
}
const person = {
  name: 'person_id',
  type: 'integer',
  domain: { kind: 'person' },
  meaning: 'The person',
}
const status = {
  name: 'marital_status',
  type: 'text',
  domain: { kind: 'enum', values: ['M', 'S', 'D', 'W'] },
  meaning: 'Marital status (v3 MaritalStatus)',
}
const entry = {
  name: 'marital',
  meaning: 'Marital status of persons',
  rowsPerPerson: { kind: 'one' },
  columns: [person, status],
}
const file = (name: string, value: unknown): string => {
  const path = join(scratch.path, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}
const add = (table: unknown, definition: unknown = view, env: Record<string, string> = {}) =>
  shell.run(
    viewAdd,
    [file('view.json', definition), '--dictionary', file('table.json', table), '--json'],
    env,
  )
const open = { ...status, domain: { kind: 'open' } }
const codes = { ...status, domain: { kind: 'codes', system: 'urn:x' } }
const select = (column: object) => ({
  ...view,
  select: [...view.select, { column: [column] }],
})

test.each([
  ['free-text', { ...entry, columns: [person, open] }, view],
  ['free-text', { ...entry, columns: [person, codes] }, view],
  ['dictionary-entry', { ...entry, columns: [person, { ...status, extra: 1 }] }, view],
  ['dictionary-entry', { ...entry, name: 'a"b' }, view],
  [
    'dictionary-entry',
    { ...entry, columns: [person, { ...status, domain: { kind: 'enum', values: [] } }] },
    view,
  ],
  ['column-without-entry', entry, select({ name: 'extra', path: 'gender', type: 'code' })],
  ['entry-without-column', { ...entry, columns: [person, status, { ...status, name: 'b' }] }, view],
  ['duplicate-column', { ...entry, columns: [person, status, status] }, view],
  ['person-key', { ...entry, columns: [{ ...status, name: 'person_id' }, status] }, view],
  ['domain-type', { ...entry, columns: [person, { ...status, type: 'integer' }] }, view],
  ['time-column', { ...entry, timeColumn: 'marital_status' }, view],
  ['reserved-table', { ...entry, name: 'opted_out' }, view],
  [
    'patient-per-person',
    { ...entry, name: 'patient', rowsPerPerson: { kind: 'many', cap: 2 } },
    view,
  ],
  ['patient-population', { ...entry, name: 'patient' }, view],
  ['unknown-resource', entry, { ...view, resource: 'Nothing' }],
])('a view is refused: %s', async (rule, table, definition) => {
  expect(await problemOf(Promise.resolve().then(() => ownView(definition, table, [])))).toBe(
    `view-invalid/${rule}`,
  )
})

test('an own table is listed, loaded and judged again at every start', async () => {
  await add(entry)
  await add({ ...entry, name: 'said', columns: [person, open] }, view, {
    VITRINE_ALLOW_FREE_TEXT: 'said.marital_status',
  })
  // Without the setting that admitted it, nothing starts.
  expect(await problemOf(shell.run(viewLs, ['--json']))).toBe('view-invalid/free-text')
  const env = { VITRINE_ALLOW_FREE_TEXT: 'said.marital_status' }
  const rows = JSON.parse((await shell.run(viewLs, ['--json'], env)).out) as {
    table: string
    origin: string
  }[]
  expect(rows.filter((it) => it.origin === 'own').map((it) => it.table)).toEqual([
    'marital',
    'said',
  ])
  expect(rows).toHaveLength(13)

  const coded = (id: string, code: string) =>
    JSON.stringify({ resourceType: 'Patient', id, maritalStatus: { coding: [{ code }] } })
  writeFileSync(
    join(scratch.path, 'Patient.ndjson'),
    ['M', 'S', 'secret'].map((code, i) => `${coded(`p${i}`, code)}\n`).join(''),
  )
  const argv = [scratch.path, '--dataset', 'north', '--insecure-dev', '--json']
  const { report } = JSON.parse((await shell.run(load, argv, env)).out) as {
    report: { tables: { table: string; outside: object; rows: number }[] }
  }
  expect(report.tables).toContainEqual(
    expect.objectContaining({ table: 'marital', outside: { marital_status: 1 }, rows: 3 }),
  )

  const store = await composeStore(readConfig(shell.env))
  const value = {
    id: 'p',
    state: 'granted',
    data: { tables: { marital: [] } },
  } as unknown as Permit
  await store.commit(
    [{ put: 'permit', value, version: 0 }],
    [{ type: 'permit-issued', actor: gatewayActor, about: 'permit/p', facts: {} }],
  )
  await store.close()
  expect(await problemOf(add(entry))).toBe('bad-transition/view-in-use')
}, 60_000)
