import { execFile } from 'node:child_process'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { query } from '../support/postgres.ts'
import { available } from '../support/require.ts'
import { anEvent, aRun } from '../support/samples.ts'

/** The programs of the newest PostgreSQL of the system. */
const installed = (await readdir('/usr/lib/postgresql').catch(() => []))
  .sort((a, b) => Number(b) - Number(a))
  .map((version) => `/usr/lib/postgresql/${version}/bin`)[0]
const given = process.env['DATABASE_URL']
const here = available('postgres', installed !== undefined || given !== undefined)

describe.runIf(here)('a PostgreSQL of one s own (DATABASE_URL)', () => {
  const name = `vitrine_test_${process.pid}`
  let directory: string
  let url: string
  let admin: string
  const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const pgCtl = (...args: string[]) =>
    promisify(execFile)(`${installed}/pg_ctl`, ['-D', join(directory, 'data'), ...args], {
      ...identity,
      cwd: directory,
    })

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vitrine-external-'))
    if (given === undefined) {
      if (identity.uid !== undefined) await chown(directory, identity.uid, identity.gid)
      await pgCtl('initdb', '-o', '-U vitrine --auth=trust --no-sync -E UTF8')
      const flags = `-c listen_addresses= -c unix_socket_directories=${directory}`
      await pgCtl('start', '-w', '-l', join(directory, 'log'), '-o', flags)
    }
    const at = new URL(given ?? `postgresql://vitrine@localhost/postgres`)
    if (given === undefined) at.searchParams.set('host', directory)
    admin = at.href
    at.pathname = `/${name}`
    url = at.href
    await query(admin, `create database ${name}`)
  })
  afterAll(async () => {
    await query(admin, `drop database if exists ${name} with (force)`)
    if (given === undefined) await pgCtl('stop', '-m', 'fast')
    await rm(directory, { recursive: true, force: true })
  })

  test('the store works there and leaves the server alone', async () => {
    const store = await openStore({ url, directory: '/nowhere' })
    await store.commit(
      [
        { put: 'run', value: aRun('run/1'), version: 0 },
        { charge: 'm', key: 'k', rho: 0.25, budget: 1 },
      ],
      [anEvent(), anEvent()],
    )
    expect([await store.size(), await store.spent('m')]).toEqual([2, 0.25])
    await store.close()
    const again = await openStore({ url, directory: '/nowhere' })
    expect((await again.list('run')).items).toEqual([{ value: aRun('run/1'), version: 1 }])
    await again.close()
  })

  test('a database that does not exist is store-unavailable', async () => {
    const wrong = new URL(url)
    wrong.pathname = '/vitrine_none'
    await expect(openStore({ url: wrong.href, directory: '/nowhere' })).rejects.toMatchObject({
      code: 'store-unavailable',
    })
  })
})
