import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Client, client } from '../../src/cli/client.ts'
import { type Composed, compose } from '../../src/cli/compose.ts'
import { readConfig } from '../../src/cli/config.ts'
import { mintAll } from '../../src/cli/demo/demo.ts'
import type { Person } from '../../src/cli/demo/people.ts'
import { listen } from '../../src/cli/serve.ts'
import { loadDataset } from '../../src/flow/load.ts'
import { jailHere } from './jail.ts'
import { testDatabase } from './postgres.ts'

export type Exchange = Readonly<{ path: string; body: string; headers: string; status: number }>

export type Gateway = Readonly<{
  composed: Composed
  url: string
  directory: string
  databaseUrl: string
  by: Readonly<Record<Person | 'anyone', Client>>
  tokens: Readonly<Record<Person, string>>
  /** Every answer that left, in order. */
  exchanges: readonly Exchange[]
  /** Every log line. */
  lines: readonly string[]
  /** The types of the log's newest events. */
  events(): Promise<string[]>
  close(): Promise<void>
}>

/** A real gateway over a database of its own: real DuckDB, OPA, PostgreSQL and whatever jail this machine has. */
export async function openGateway(
  datasets: readonly ('north' | 'east')[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  const directory = await mkdtemp(join(tmpdir(), 'vitrine-test-'))
  const database = await testDatabase()
  const lines: string[] = []
  const config = readConfig({
    VITRINE_DIR: directory,
    DATABASE_URL: database.url,
    VITRINE_TICK_MS: '50',
    VITRINE_PERSON_MS: '2000',
    VITRINE_SCRIPT_PACE: 'none',
    ...env,
  })
  const jail = config.jail === 'auto' ? await jailHere() : undefined
  const composed = await compose(config, {
    ...(jail === undefined ? {} : { jail }),
    inventedData: true,
    note: (line) => lines.push(line),
    sink: { write: (line) => lines.push(line) },
  })
  const serving = await listen(composed, { host: '127.0.0.1', port: 0 })
  for (const id of datasets)
    await loadDataset(
      composed.house,
      { subject: `steward-${id}`, role: 'data-holder', organisation: `${id} hospital` },
      { id, title: id, directory: resolve('fhir-fixtures', id) },
    )
  const tokens = await mintAll(composed)
  const exchanges: Exchange[] = []
  const listening: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    exchanges.push({
      path: new URL(String(input)).pathname,
      status: response.status,
      body: await response.clone().text(),
      headers: JSON.stringify([...response.headers]),
    })
    return response
  }
  const of = (token?: string): Client => client(serving.url, token, listening)
  const by = Object.fromEntries(
    Object.entries(tokens).map(([name, token]) => [name, of(token)]),
  ) as Record<Person, Client>
  return {
    composed,
    directory,
    databaseUrl: database.url,
    url: serving.url,
    tokens,
    by: { ...by, anyone: of() },
    exchanges,
    lines,
    events: async () =>
      (await composed.house.store.events({ limit: 20 })).items.map((it) => it.type),
    close: async () => {
      await serving.close()
      await composed.close()
      await database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
