import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Composed, compose } from '../../src/cli/compose.ts'
import { readConfig } from '../../src/cli/config.ts'
import { keyRotate } from '../../src/cli/key-rotate.ts'
import { load } from '../../src/cli/load.ts'
import { snapshotLs } from '../../src/cli/snapshot-ls.ts'
import { snapshotRm } from '../../src/cli/snapshot-rm.ts'
import { sha256 } from '../../src/domain/digest.ts'
import type { Permit } from '../../src/domain/permit.ts'
import { gatewayActor } from '../../src/domain/role.ts'
import { forgetOpened } from '../../src/flow/opened.ts'
import { removeSnapshot } from '../../src/flow/snapshots.ts'
import { buildWorkspaces, newestSnapshots } from '../../src/flow/workspace.ts'
import { openShell, type Shell } from '../support/cli.ts'
import { scratchFolder } from '../support/ingest.ts'
import { jailHere } from '../support/jail.ts'
import { problemOf } from '../support/problem.ts'

const scratch = scratchFolder()
let shell: Shell
let composed: Composed
const keys: Record<'first' | 'second' | 'wrong', string> = { first: '', second: '', wrong: '' }
beforeAll(async () => {
  shell = await openShell()
  for (const [i, name] of (['first', 'second', 'wrong'] as const).entries()) {
    keys[name] = join(scratch.path, name)
    writeFileSync(keys[name], Buffer.alloc(32, i + 1).toString('hex'), { mode: 0o600 })
  }
  const config = readConfig({ ...shell.env, ...under('first') })
  const jail = await jailHere()
  const own = jail === undefined ? {} : { jail }
  composed = await compose(config, { ...own, insecureDev: true, note: () => undefined })
})
afterAll(async () => {
  await composed.close()
  await shell.close()
  scratch.remove()
})

const keyNamed = (key: keyof typeof keys): Uint8Array =>
  Buffer.from(readFileSync(keys[key], 'utf8'), 'hex')
const under = (key: keyof typeof keys) => ({ VITRINE_KEK_FILE: keys[key] })
/** An export of `n` persons, and one line that will be set aside. */
function exported(name: string, n: number): string {
  const people = Array.from({ length: n }, (_, i) =>
    JSON.stringify({
      resourceType: 'Patient',
      id: `p${i}`,
      gender: i % 2 === 0 ? 'female' : 'male',
      birthDate: `19${50 + (i % 40)}-05-05`,
    }),
  )
  const directory = join(scratch.path, name)
  mkdirSync(directory)
  const lines = [...people, '{"resourceType":"Patient"']
  writeFileSync(join(directory, 'Patient.ndjson'), `${lines.join('\n')}\n`)
  return directory
}
const loading = async (directory: string, key: keyof typeof keys): Promise<string> => {
  const argv = [directory, '--dataset', 'north', '--insecure-dev', '--json']
  return (JSON.parse((await shell.run(load, argv, under(key))).out) as { snapshot: string })
    .snapshot
}
const permit: Pick<Permit, 'id' | 'data'> = {
  id: 'permit-1',
  data: {
    datasets: ['north'],
    tables: { patient: ['sex'] },
    period: { from: '1900-01-01', to: '2100-01-01' },
  },
}

/** Builds the permit's workspace with a key, through the real engine, and answers the workspace's file. */
async function built(key: keyof typeof keys | undefined): Promise<string> {
  const { kek: _, ...bare } = composed.house
  const house = key === undefined ? bare : { ...bare, kek: keyNamed(key) }
  const newest = await newestSnapshots(house, permit.data)
  const snapshots = { north: newest['north']?.digest ?? '' }
  const { north } = await buildWorkspaces(house, { ...permit, snapshots }, false)
  return join(house.directory, 'workspaces', permit.id, `${north}.duckdb`)
}
/** A permit that pins a snapshot, as far as the store knows. */
async function pin(digest: string, state: Permit['state'], version: number): Promise<void> {
  const value = { ...permit, state, snapshots: { north: digest } } as unknown as Permit
  await composed.house.store.commit(
    [{ put: 'permit', value, version }],
    [{ type: 'permit-issued', actor: gatewayActor, about: 'permit/permit-1', facts: {} }],
  )
}
const prefix = (): string => `vitrine-open-${sha256(shell.directory).slice(0, 12)}-`
/** What this data directory has open now. */
const opened = (): string[] =>
  ['/dev/shm', tmpdir()].flatMap((room) =>
    existsSync(room) ? readdirSync(room).filter((it) => it.startsWith(prefix())) : [],
  )

test('a start removes what a killed gateway had opened, and nothing of a living one', async () => {
  const [dead, living] = [2 ** 22 + 1, process.pid].map((pid) =>
    join(tmpdir(), `${prefix()}${pid}-x`),
  )
  for (const it of [dead, living]) mkdirSync(it ?? '')
  await forgetOpened(composed.house)
  expect(opened()).toEqual([basename(living ?? '')])
  rmdirSync(living ?? '')
})

test('sealed at rest, opened for a build alone, locked anew, removed when nothing needs it', async () => {
  const first = await loading(exported('one', 40), 'first')
  const folder = join(shell.directory, 'snapshots', first)
  const [aside] = readdirSync(join(shell.directory, 'snapshots', 'quarantine'))
  const quarantine = join(shell.directory, 'snapshots', 'quarantine', aside ?? '')
  const quality = join(shell.directory, 'quality', 'north')
  for (const sealed of [folder, quarantine, quality])
    expect(
      readdirSync(sealed).filter((it) => !/\.sealed$|^(key|manifest)\.json$/.test(it)),
      sealed,
    ).toEqual([])
  expect(readFileSync(join(folder, 'patient.parquet.sealed')).includes('PAR1')).toBe(false)

  const before = opened()
  expect(existsSync(await built('first'))).toBe(true)
  expect(opened()).toEqual(before)
  expect(await problemOf(built('wrong'))).toBe('key-unavailable/wrong-key')
  expect(await problemOf(built(undefined))).toBe('key-unavailable/key-encryption-key')
  expect(opened()).toEqual(before)
  // A second key in one data directory would lock the holder out of one half.
  expect(await problemOf(loading(exported('two', 41), 'wrong'))).toBe('key-unavailable/wrong-key')

  const second = await loading(join(scratch.path, 'two'), 'first')
  const rotate = (file: keyof typeof keys, env: Record<string, string>) =>
    shell.run(keyRotate, ['--new-key-file', keys[file], '--json'], env)
  expect(await problemOf(rotate('second', under('wrong')))).toBe('key-unavailable/wrong-key')
  expect(await problemOf(rotate('second', {}))).toBe('key-unavailable/key-encryption-key')
  const rotated = JSON.parse((await rotate('second', under('first'))).out)
  expect(rotated).toMatchObject({ rewrapped: 5, already: 0 })
  expect(await problemOf(built('first'))).toBe('key-unavailable/wrong-key')
  expect(existsSync(await built('second'))).toBe(true)

  const remove = (digest: string, organisation = 'Data holder') =>
    removeSnapshot(composed.house, { subject: 'cli', role: 'data-holder', organisation }, digest)
  expect(await problemOf(remove(second))).toBe('bad-transition/snapshot-newest')
  expect(await problemOf(remove('f'.repeat(64)))).toBe('not-found')
  expect(await problemOf(remove(first, 'Another'))).toMatch(/^refused-by-policy/)
  await pin(first, 'granted', 0)
  expect(await problemOf(remove(first))).toBe('bad-transition/snapshot-pinned')
  await pin(first, 'revoked', 1)
  await shell.run(snapshotRm, [first.slice(0, 16), '--insecure-dev'], under('second'))
  expect(existsSync(folder)).toBe(false)
  const left = JSON.parse((await shell.run(snapshotLs, ['--json'])).out) as { snapshot: string }[]
  expect(left.map((it) => it.snapshot)).toEqual([second])
}, 180_000)

test('without a key the data lie in the clear, and that is said', async () => {
  const argv = [exported('plain', 5), '--dataset', 'south', '--insecure-dev', '--json']
  const { out, notes } = await shell.run(load, argv)
  const { snapshot } = JSON.parse(out) as { snapshot: string }
  expect(notes.join()).toContain('in the clear: set VITRINE_KEK_FILE')
  expect(readdirSync(join(shell.directory, 'snapshots', snapshot))).toContain('patient.parquet')
}, 60_000)
