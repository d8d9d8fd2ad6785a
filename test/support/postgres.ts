import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Sequencing, Store } from '../../src/domain/capabilities.ts'
import { startEmbedded } from '../../src/store/embedded/server.ts'
import { openStore } from '../../src/store/open.ts'

/** One embedded server for the whole run: every file finds it running, the last to close stops it. */
const directory = (): string =>
  process.env['VITRINE_TEST_POSTGRES'] ??
  join(tmpdir(), `vitrine-postgres-${process.getuid?.() ?? 0}`)

/** A database of its own on the shared server. `close` drops it. */
export type TestDatabase = Readonly<{
  url: string
  /** Another store on the same database. */
  open(): Promise<Store & Sequencing>
  /** SQL as the superuser: to look behind the store, and to tamper. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  close(): Promise<void>
  /** A copy of the whole database as it is now. Closes the stores that were opened here. */
  backup(): Promise<TestDatabase>
}>

export async function testDatabase(template = 'template1'): Promise<TestDatabase> {
  const server = await startEmbedded(directory())
  const name = `t_${randomBytes(8).toString('hex')}`
  const url = server.url(name)
  await query(server.url('postgres'), `create database ${name} template ${template}`)
  const stores: Store[] = []
  return {
    url,
    backup: async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()))
      return testDatabase(name)
    },
    open: async () => {
      const store = await openStore({ url, directory: '/nowhere' })
      stores.push(store)
      return store
    },
    sql: (text, values) => query(url, text, values),
    close: async () => {
      await Promise.all(stores.map((store) => store.close()))
      await query(server.url('postgres'), `drop database if exists ${name} with (force)`)
      await server.release()
    },
  }
}

export async function query(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text, [...values])).rows
  } finally {
    await client.end()
  }
}
