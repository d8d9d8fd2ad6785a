import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { type FetchRequest, fetchExport } from '../../src/ingest/export/fetch-export.ts'
import { load } from '../../src/ingest/load.ts'
import {
  loadCapabilities,
  scratchFolder,
  smallDictionary,
  smallNorth,
  smallViews,
} from '../support/ingest.ts'
import { type BulkServer, bulkServer, type Faults } from './bulk-server.ts'

const scratch = scratchFolder()
const north = await smallNorth(scratch.path)
const capabilities = loadCapabilities()
let key: Awaited<ReturnType<typeof exportJWK>>
let jwks: { keys: Awaited<ReturnType<typeof exportJWK>>[] }
let server: BulkServer | undefined
let waits: number[] = []
let n = 0

beforeAll(async () => {
  const pair = await generateKeyPair('ES384', { extractable: true })
  key = { ...(await exportJWK(pair.privateKey)), alg: 'ES384', kid: 'k1' }
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES384', kid: 'k1' }] }
})
afterEach(async () => {
  await server?.close()
  server = undefined
  waits = []
})
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})

async function start(faults: Faults): Promise<BulkServer> {
  server = await bulkServer(north, jwks, faults)
  return server
}
const into = (): string => join(scratch.path, `export-${++n}`)
const fetching = (s: BulkServer, folder: string, more: Partial<FetchRequest> = {}) =>
  fetchExport(
    {
      clock: { now: () => new Date() },
      wait: async (ms) => {
        waits.push(ms)
      },
    },
    {
      base: s.base,
      into: folder,
      client: { clientId: 'vitrine-north', tokenUrl: s.tokenUrl, key, scope: 'system/*.rs' },
      ...more,
    },
  )
const same = (folder: string): void => {
  const ndjson = readdirSync(folder).filter((f) => f.endsWith('.ndjson'))
  expect(ndjson).toHaveLength(7)
  for (const f of ndjson)
    expect(
      readFileSync(join(folder, f)).equals(readFileSync(join(north, `${f.split('.')[0]}.ndjson`))),
      f,
    ).toBe(true)
}
const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    if (error instanceof Problem) return String(error.facts.rule)
    throw error
  }
  throw new Error('nothing was thrown')
}

test('an export from a server with every passing fault loads to the digest of the folder', async () => {
  const s = await start({
    busyKickOff: 1,
    slow: 2,
    shaky: 2,
    breaks: new Set(['Observation.ndjson', 'Patient.ndjson']),
    short: new Set(['Condition.ndjson']),
    expired: new Set(['Encounter.ndjson']),
    forgetTokens: 1,
  })
  const folder = into()
  const done = await fetching(s, folder)
  expect(done).toEqual({ directory: folder, transactionTime: '2026-01-01T00:00:00Z', files: 7 })
  same(folder)
  expect(s.seen.filter((l) => /Observation.* bytes=\d+-/.test(l))).toHaveLength(1)
  expect(s.seen.at(-1)).toMatch(/^DELETE \/fhir\/status/)
  const loading = (directory: string, out: string) =>
    load(capabilities, {
      dataset: 'north',
      directory,
      views: smallViews,
      dictionary: smallDictionary,
      out: join(scratch.path, out),
    })
  const [fetched, local] = [await loading(folder, 'a'), await loading(north, 'b')]
  expect(fetched.snapshot.digest).toBe(local.snapshot.digest)
})

test('waits as the server says', async () => {
  const s = await start({ slow: 1, shaky: 1 })
  await fetching(s, into())
  expect(waits).toEqual([1000, 1000])
})

test('a server without ranges sends the whole file again', async () => {
  const s = await start({ breaks: new Set(['Observation.ndjson']), noRanges: true })
  const folder = into()
  await fetching(s, folder)
  same(folder)
})

test('an interrupted run is taken up: finished files are not fetched again', async () => {
  const s = await start({})
  const folder = into()
  const stop = new AbortController()
  await expect(
    fetching(s, folder, {
      signal: stop.signal,
      onProgress: ({ file }) => file?.startsWith('Observation') && stop.abort(),
    }),
  ).rejects.toThrow()
  expect(existsSync(join(folder, 'manifest.json'))).toBe(false)
  const before = s.seen.length
  await fetching(s, folder)
  same(folder)
  const after = s.seen.slice(before)
  expect(after.filter((l) => l.includes('$export'))).toEqual([])
  expect(after.filter((l) => l.includes('Condition'))).toEqual([])
})

test('when the server forgot the interrupted export, a new one starts and nothing of the old stays', async () => {
  const s = await start({ gone: true })
  const folder = into()
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'export.json'),
    JSON.stringify({
      asked: JSON.stringify([s.base, undefined, undefined, undefined]),
      status: `${s.base}/status/9`,
    }),
  )
  writeFileSync(join(folder, 'Patient.000.ndjson.part'), 'old')
  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  await fetching(s, folder)
  same(folder)
  expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('not ours')
})

describe('refusals', () => {
  test.each<[string, Faults, string]>([
    ['a wrong count', { wrongCount: new Set(['Condition.ndjson']) }, 'export-count'],
    ['R5', { fhirVersion: '5.0.0' }, 'not-r4'],
    ['R4B', { fhirVersion: '4.3.0' }, 'not-r4'],
    ['a server that stays down', { shaky: 99 }, 'server-unreachable'],
    ['a server that stays busy', { busyKickOff: 99 }, 'export-refused'],
  ])('%s', async (_, faults, rule) => {
    const s = await start(faults)
    expect(await refusal(fetching(s, into()))).toBe(rule)
  })
  test('a client that the server does not know', async () => {
    const s = await start({})
    const other = {
      ...(await exportJWK((await generateKeyPair('ES384', { extractable: true })).privateKey)),
      alg: 'ES384',
      kid: 'k1',
    }
    const client = {
      clientId: 'vitrine-north',
      tokenUrl: s.tokenUrl,
      key: other,
      scope: 'system/*.rs',
    }
    expect(await refusal(fetching(s, into(), { client }))).toBe('not-authorised')
  })
  test('health data in the clear', async () => {
    const s = await start({})
    expect(await refusal(fetching(s, into(), { base: 'http://hospital.example/fhir' }))).toBe(
      'plain-http',
    )
  })
})
