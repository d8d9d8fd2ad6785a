import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../src/audit/log.ts'
import { verifierKey } from '../../src/audit/note.ts'
import { verifyReceipt } from '../../src/audit/receipt.ts'
import type { Log, LogEntry, Sequencing, Store } from '../../src/domain/capabilities.ts'
import { leafOf } from '../../src/domain/leaf.ts'
import { noteKeys } from '../support/keys.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { anEvent } from '../support/samples.ts'

const keys = noteKeys()
const key = verifierKey(keys.notePublicKey().name, keys.notePublicKey().spki)

let database: TestDatabase
let store: Store & Sequencing
let directory: string
const logs: Log[] = []
const openLog = async (): Promise<Log> => {
  const log = await createLog({ storage: store, keys, directory })
  logs.push(log)
  return log
}
const commit = async (n: number): Promise<readonly string[]> => {
  const events = Array.from({ length: n }, (_, i) => anEvent({ facts: { i } }))
  const [first = anEvent(), ...rest] = events
  return (await store.commit([], [first, ...rest])).events.map(({ id }) => id)
}
const entry = async (id: string): Promise<LogEntry> => (await store.entry(id)) as LogEntry

beforeEach(async () => {
  database = await testDatabase()
  store = await database.open()
  directory = await mkdtemp(join(tmpdir(), 'vitrine-log-'))
})
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close().catch(() => undefined)))
  await database.close()
  await rm(directory, { recursive: true, force: true })
})

test('a receipt verifies offline, whatever the size', async () => {
  const log = await openLog()
  for (const n of [1, 1, 5, 300]) {
    const ids = await commit(n)
    for (const id of [ids[0], ids.at(-1)] as string[]) {
      const receipt = await log.receipt(id)
      const { event, index } = verifyReceipt(
        JSON.parse(JSON.stringify(receipt)),
        await entry(id),
        key,
      )
      expect([event.id, index]).toEqual([id, (await entry(id)).index])
      expect(await readFile(join(directory, 'checkpoint'), 'utf8')).toBe(receipt.checkpoint)
    }
  }
  expect(await log.verify()).toMatchObject({ size: 307, verified: true })
  await expect(log.receipt('event/none')).rejects.toMatchObject({ code: 'not-found' })
})

test('a receipt with anything changed is refused by the rule that fails', async () => {
  const log = await openLog()
  const ids = await commit(9)
  const receipt = await log.receipt(ids[4] ?? '')
  const opening = await entry(ids[4] ?? '')
  const neighbour = await log.receipt(ids[5] ?? '')
  const foreign = noteKeys('log.vitrine.test', Buffer.alloc(32, 8)).notePublicKey()
  const cases = [
    [
      'receipt-payload',
      receipt,
      { ...opening, payload: opening.payload.replace('gateway', 'Gateway') },
      key,
    ],
    ['receipt-payload', receipt, { ...opening, salt: Buffer.alloc(32) }, key],
    ['receipt-payload', { ...receipt, leaf: neighbour.leaf }, opening, key],
    ['receipt-event', { ...receipt, event: neighbour.event }, opening, key],
    ['receipt-proof', { ...receipt, index: 5 }, opening, key],
    ['receipt-proof', { ...receipt, index: 4.5 }, opening, key],
    ['receipt-proof', { ...receipt, proof: neighbour.proof }, opening, key],
    ['receipt-proof', { ...receipt, proof: receipt.proof.slice(1) }, opening, key],
    [
      'receipt-signature',
      { ...receipt, checkpoint: receipt.checkpoint.replace('\n9\n', '\n8\n') },
      opening,
      key,
    ],
    ['receipt-signature', receipt, opening, verifierKey(foreign.name, foreign.spki)],
  ] as const
  for (const [rule, bad, shown, by] of cases)
    expect(() => verifyReceipt(bad, shown, by), rule).toThrow(
      expect.objectContaining({ code: 'log-damaged', facts: expect.objectContaining({ rule }) }),
    )
})

test('many receipts asked at once share checkpoints', async () => {
  const log = await openLog()
  const ids = (await Promise.all(Array.from({ length: 30 }, () => commit(1)))).flat()
  const receipts = await Promise.all(ids.map((id) => log.receipt(id)))
  expect(new Set(receipts.map(({ checkpoint }) => checkpoint)).size).toBeLessThan(10)
})

test('an event that nobody asks for is covered within the tick', async () => {
  const log = await createLog({ storage: store, keys, directory, tick: 20 })
  logs.push(log)
  await commit(3)
  await expect
    .poll(() => readFile(join(directory, 'checkpoint'), 'utf8'), { timeout: 5_000 })
    .toContain('\n3\n')
})

test('a log that is opened again goes on where it was, and mends a lost or spoiled tile', async () => {
  await commit(260)
  const first = await openLog()
  const note = await first.checkpoint()
  await first.close()
  await rm(join(directory, 'tile/0/001.p'), { recursive: true })
  await writeFile(join(directory, 'tile/0/000'), Buffer.alloc(8192))
  const again = await openLog()
  expect(await again.checkpoint()).toBe(note)
  expect(await again.verify()).toMatchObject({ size: 260 })
  expect((await readFile(join(directory, 'tile/0/001.p/4'))).length).toBe(128)
})

test('two gateways on one database publish the same log', async () => {
  const ids = await commit(3)
  const other = await mkdtemp(join(tmpdir(), 'vitrine-log-'))
  const log = await openLog()
  const second = await createLog({ storage: await database.open(), keys, directory: other })
  expect(await second.checkpoint()).toBe(await log.checkpoint())
  expect(await second.receipt(ids[1] ?? '')).toEqual(await log.receipt(ids[1] ?? ''))
  await second.close()
  await rm(other, { recursive: true })
})

/** Each is something that somebody with the database could do; the rule that must find it, and where. */
const forge = async (index: number, change: (payload: string) => string): Promise<void> => {
  const [{ payload, salt } = { payload: '', salt: Buffer.alloc(0) }] = await store.entries(index, 1)
  const forged = change(payload)
  await database.sql('update event set payload = $1, leaf = $2 where seq = $3', [
    forged,
    Buffer.from(leafOf(salt, forged)),
    index,
  ])
}
const tampering: readonly (readonly [
  what: string,
  rule: string,
  index: number,
  () => Promise<unknown>,
])[] = [
  [
    'an edited payload',
    'payload-changed',
    7,
    () =>
      database.sql(`update event set payload = replace(payload, '"i":7', '"i":8') where seq = 7`),
  ],
  [
    'an edited salt',
    'payload-changed',
    3,
    () => database.sql(`update event set salt = decode(repeat('00', 32), 'hex') where seq = 3`),
  ],
  [
    'an edited column',
    'columns-changed',
    5,
    () => database.sql(`update event set about = 'run/2' where seq = 5`),
  ],
  [
    'a payload forged with its leaf',
    'root',
    260,
    () => forge(260, (p) => p.replace('gateway', 'nobody')),
  ],
  ['a deleted entry', 'index-missing', 8, () => database.sql('delete from event where seq = 8')],
  [
    'a deleted last entry',
    'index-missing',
    299,
    () => database.sql('delete from event where seq = 299'),
  ],
  [
    'a cut end with its head',
    'behind-checkpoint',
    290,
    () =>
      database.sql('with x as (delete from event where seq >= 290) update log_head set size = 290'),
  ],
  [
    'a deletion that closes the gap',
    'root',
    11,
    async () => {
      await database.sql('delete from event where seq = 11')
      await database.sql('update event set seq = seq - 1000 where seq > 11')
      await database.sql('update event set seq = seq + 999 where seq < 0')
      await forge(298, (p) => p)
      await database.sql(
        `insert into event select 299, 'event/x', at, type, about, payload, salt, leaf from event where seq = 298`,
      )
      const [last] = await store.entries(299, 1)
      await forge(299, () => JSON.stringify({ ...JSON.parse(last?.payload ?? ''), id: 'event/x' }))
    },
  ],
  [
    'two entries in another order',
    'root',
    20,
    async () => {
      await database.sql('update event set seq = 100000 where seq = 20')
      await database.sql('update event set seq = 20 where seq = 21')
      await database.sql('update event set seq = 21 where seq = 100000')
    },
  ],
  [
    'an entry beyond the head',
    'beyond-head',
    300,
    () =>
      database.sql(
        `insert into event select 300, 'event/x', at, type, about, payload, salt, leaf from event where seq = 1`,
      ),
  ],
]

test.each(tampering)('the auditor finds %s (%s, index %i)', async (_, rule, index, tamper) => {
  await commit(300)
  const log = await openLog()
  expect(await log.verify()).toMatchObject({ size: 300 })
  await tamper()
  await expect(log.verify()).rejects.toMatchObject({
    code: 'log-damaged',
    facts: { rule, place: `index ${index}` },
  })
})

test('an event that was changed gets no receipt', async () => {
  const ids = await commit(3)
  const log = await openLog()
  await database.sql(`update event set payload = replace(payload, '"i":1', '"i":2') where seq = 1`)
  await expect(log.receipt(ids[1] ?? '')).rejects.toMatchObject({ code: 'log-damaged' })
  await forge(2, (p) => p.replace('gateway', 'nobody'))
  await expect(log.receipt(ids[2] ?? '')).rejects.toMatchObject({ code: 'log-damaged' })
})

test('a rewritten past is refused at the start, with the first wrong index', async () => {
  await commit(300)
  await (await openLog()).close()
  await forge(270, (p) => p.replace('gateway', 'nobody'))
  await expect(openLog()).rejects.toMatchObject({
    code: 'log-damaged',
    facts: { rule: 'root', place: 'index 270' },
  })
})

test('a database restored from before the last checkpoint stays closed, until the right one is back', async () => {
  const charge = { charge: 'meter/1', key: 'a', rho: 1, budget: 1 } as const
  await commit(5)
  await (await openLog()).close()
  const backup = await database.backup()
  store = await database.open()
  await store.commit([charge], [anEvent()])
  await (await openLog()).close()
  const present = store
  store = await backup.open()
  // The restored meter is full again: this is what must not be used.
  expect(await store.spent('meter/1')).toBe(0)
  await expect(openLog()).rejects.toMatchObject({
    code: 'log-damaged',
    facts: { rule: 'behind-checkpoint', place: 'index 5' },
  })
  // Growing past the old size with other events does not help.
  await commit(3)
  await expect(openLog()).rejects.toMatchObject({ facts: { rule: 'root', place: 'index 5' } })
  store = present
  expect(await (await openLog()).verify()).toMatchObject({ size: 6 })
  await backup.close()
})

test('a database that shrinks while the log is open stops it', async () => {
  await commit(5)
  const log = await openLog()
  await database.sql('delete from event where seq = 4; update log_head set size = 4')
  await expect(log.checkpoint()).rejects.toMatchObject({ facts: { rule: 'shrunk' } })
})

test('a checkpoint of another key, an edited or an unreadable one is refused', async () => {
  await commit(2)
  const note = await (await openLog()).checkpoint()
  const file = join(directory, 'checkpoint')
  for (const bad of [
    '',
    note.replace('\n2\n', '\n1\n'),
    note.replace('log.vitrine', 'log.other'),
  ]) {
    await writeFile(file, bad)
    await expect(openLog()).rejects.toMatchObject({
      code: 'log-damaged',
      facts: { rule: 'checkpoint' },
    })
    await expect(logs[0]?.verify()).rejects.toMatchObject({ facts: { rule: 'checkpoint' } })
  }
  await rm(file)
  await expect(logs[0]?.verify()).rejects.toMatchObject({ facts: { rule: 'checkpoint' } })
})

test('without room for a checkpoint there is no receipt', async () => {
  const log = await openLog()
  const [id = ''] = await commit(1)
  await rm(directory, { recursive: true })
  await writeFile(directory, '')
  await expect(log.receipt(id)).rejects.toMatchObject({ code: 'store-unavailable' })
})
