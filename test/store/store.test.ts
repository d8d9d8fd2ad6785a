import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sequencing, Store } from '../../src/domain/capabilities.ts'
import type { Event } from '../../src/domain/event.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { anEvent, aRun } from '../support/samples.ts'

let database: TestDatabase
let store: Store & Sequencing
beforeAll(async () => {
  database = await testDatabase()
  store = await database.open()
})
afterAll(() => database.close())

const charge = (meter: string, key: string, rho: number, budget: number) =>
  ({ charge: meter, key, rho, budget }) as const

test('what is put is got, with a version that grows by one', async () => {
  await store.commit([{ put: 'run', value: aRun('run/a'), version: 0 }], [anEvent()])
  const first = await store.get('run', 'run/a')
  expect(first).toEqual({ value: aRun('run/a'), version: 1 })
  const next = aRun('run/a', { state: 'running' })
  await store.commit([{ put: 'run', value: next, version: 1 }], [anEvent()])
  expect(await store.get('run', 'run/a')).toEqual({ value: next, version: 2 })
  expect(await store.get('run', 'run/none')).toBeUndefined()
  expect(await store.get('output', 'run/a')).toBeUndefined()
})

test('a stale version, or one that should not be there yet, is a conflict and changes nothing', async () => {
  await store.commit([{ put: 'run', value: aRun('run/b'), version: 0 }], [anEvent()])
  const size = await store.size()
  for (const version of [0, 2, 7]) {
    const commit = store.commit(
      [
        { put: 'run', value: aRun('run/b-side'), version: 0 },
        { put: 'run', value: aRun('run/b', { state: 'failed' }), version },
        charge('meter/b', 'key', 0.5, 1),
        { remember: `b${version}`, answer: 1 },
      ],
      [anEvent()],
    )
    await expect(commit).rejects.toMatchObject({ code: 'conflict' })
  }
  expect(await store.get('run', 'run/b-side')).toBeUndefined()
  expect((await store.get('run', 'run/b'))?.value.state).toBe('queued')
  expect(await store.spent('meter/b')).toBe(0)
  expect(await store.recall('b0')).toBeUndefined()
  expect(await store.size()).toBe(size)
})

test('a change and its events stand or fall together', async () => {
  const bad = anEvent({ facts: { big: 1n } })
  const commit = store.commit([{ put: 'run', value: aRun('run/c'), version: 0 }], [bad])
  await expect(commit).rejects.toMatchObject({
    code: 'invalid-input',
    facts: { place: 'security' },
  })
  expect(await store.get('run', 'run/c')).toBeUndefined()
})

test('charges add up exactly in decimals, and the same key costs nothing again', async () => {
  for (let i = 0; i < 10; i++) {
    const { charged } = await store.commit([charge('meter/d', `key ${i}`, 0.1, 1)], [anEvent()])
    expect(charged).toBe(0.1)
  }
  expect(await store.spent('meter/d')).toBe(1)
  const again = await store.commit([charge('meter/d', 'key 3', 0.1, 1)], [anEvent()])
  expect(again.charged).toBe(0)
  expect(await store.spent('meter/d')).toBe(1)
})

test('a charge beyond the budget is refused with its figures and commits nothing', async () => {
  await store.commit([charge('meter/e', 'one', 0.7, 1)], [anEvent()])
  const commit = store.commit(
    [charge('meter/e', 'two', 0.4, 1), { put: 'run', value: aRun('run/e'), version: 0 }],
    [anEvent()],
  )
  await expect(commit).rejects.toMatchObject({
    code: 'budget-exhausted',
    facts: { budget: 1, spent: 0.7, asked: 0.4 },
  })
  expect(await store.get('run', 'run/e')).toBeUndefined()
  expect(await store.spent('meter/e')).toBe(0.7)
  // The repeat of a charged question stays free although nothing would fit any more.
  expect((await store.commit([charge('meter/e', 'one', 0.7, 0.1)], [anEvent()])).charged).toBe(0)
})

test('a charge that is no finite non-negative number is refused', async () => {
  for (const [rho, budget] of [
    [Number.NaN, 1],
    [-0.1, 1],
    [Number.POSITIVE_INFINITY, 1],
    [0.1, Number.POSITIVE_INFINITY],
    [0.1, Number.NaN],
  ] as const)
    await expect(
      store.commit([charge('meter/f', 'k', rho, budget)], [anEvent()]),
    ).rejects.toMatchObject({ code: 'invalid-input' })
  expect(await store.spent('meter/f')).toBe(0)
})

test('every event gets an id and a time, and comes back as it was written', async () => {
  const event = anEvent({ type: 'run-requested', about: 'run/g', facts: { rule: 'x', n: 0.1 } })
  const { events } = await store.commit([], [event, anEvent({ about: 'run/g' })])
  expect(events[0]).toEqual({
    ...event,
    id: expect.stringMatching(/^event\//),
    at: expect.any(String),
  })
  expect(new Date(events[0]?.at ?? '').getTime()).toBeGreaterThan(Date.now() - 60_000)
  expect((await store.events({ about: 'run/g' })).items).toEqual(events.toReversed())
  expect((await store.events({ about: 'run/g', type: 'security' })).items).toEqual([events[1]])
})

test('pages go oldest first where asked, and meet what came meanwhile at the end', async () => {
  const put = (id: string) =>
    store.commit(
      [{ put: 'run', value: aRun(id, { permit: 'permit/q' }), version: 0 }],
      [anEvent({ about: 'permit/q' })],
    )
  for (const id of ['run/q0', 'run/q1', 'run/q2']) await put(id)
  const options = { where: { permit: 'permit/q' }, order: 'oldest', limit: 2 } as const
  const first = await store.list('run', options)
  await put('run/q3')
  const second = await store.list('run', { ...options, after: first.next ?? '' })
  const seen = [...first.items, ...second.items].map(({ value }) => value.id)
  expect(seen).toEqual(['run/q0', 'run/q1', 'run/q2', 'run/q3'])
  expect(second.next).toBeUndefined()
})

test('pages go newest first and meet every item once', async () => {
  const ids = Array.from({ length: 7 }, (_, i) => `run/h${i}`)
  for (const id of ids) {
    const value = aRun(id, { permit: 'permit/h', dataset: id === 'run/h3' ? 'east' : 'north' })
    await store.commit([{ put: 'run', value, version: 0 }], [anEvent({ about: 'permit/h' })])
  }
  const seen: string[] = []
  let after: string | undefined
  do {
    const where = { where: { permit: 'permit/h' }, limit: 3, ...(after ? { after } : {}) }
    const page = await store.list('run', where)
    seen.push(...page.items.map(({ value }) => value.id))
    after = page.next
  } while (after)
  expect(seen).toEqual(ids.toReversed())
  const east = await store.list('run', { where: { permit: 'permit/h', dataset: 'east' } })
  expect(east.items.map(({ value }) => value.id)).toEqual(['run/h3'])
  expect((await store.list('run', { where: { charged: '0' } })).items).toEqual([])
  expect((await store.list('run', { where: { "x' or true --": '' } })).items).toEqual([])
  const events = await store.events({ about: 'permit/h', limit: 5 })
  const rest = await store.events({ about: 'permit/h', limit: 5, after: events.next ?? '' })
  expect([events.items.length, rest.items.length, rest.next]).toEqual([5, 2, undefined])
})

test('a cursor that is not ours is refused', async () => {
  for (const after of ['', '-1', "0' or 1=1", '9'.repeat(30)])
    await expect(store.list('run', { after })).rejects.toMatchObject({ code: 'invalid-input' })
})

test('an answer is remembered once; the same key a second time is a conflict', async () => {
  await store.commit([{ remember: 'key i', answer: { status: 201, n: [1, null] } }], [anEvent()])
  expect(await store.recall('key i')).toEqual({ status: 201, n: [1, null] })
  const again = store.commit([{ remember: 'key i', answer: 2 }], [anEvent()])
  await expect(again).rejects.toMatchObject({
    code: 'conflict',
    facts: { rule: 'idempotency-key' },
  })
  await database.sql(`update remembered set at = now() - interval '49 hours'`)
  expect(await store.recall('key i')).toBeUndefined()
  await store.commit([{ remember: 'key i', answer: 3 }], [anEvent()])
  expect(await store.recall('key i')).toBe(3)
})

test('a text that PostgreSQL cannot keep is a named refusal without the text', async () => {
  for (const text of ['secret\u0000', 'secret\ud800']) {
    const value = aRun('run/j', { requestedBy: text })
    const commit = store.commit([{ put: 'run', value, version: 0 }], [anEvent()])
    const error = await commit.catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'invalid-input', facts: { rule: 'unstorable-text' } })
    expect(JSON.stringify(error)).not.toContain('secret')
    const about: Event = anEvent({ about: text })
    await expect(store.commit([], [about])).rejects.toMatchObject({ code: 'invalid-input' })
  }
})

test('the order of the log has no gap and follows the commits', async () => {
  const size = await store.size()
  const entries = await store.entries(0, 1000)
  expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: size }, (_, i) => i))
  const { events } = await store.commit([], [anEvent(), anEvent()])
  expect((await store.entries(size, 10)).map(({ id }) => id)).toEqual(events.map(({ id }) => id))
  expect((await store.entry(events[1]?.id ?? ''))?.index).toBe(size + 1)
  expect((await store.leaves(size, 10)).length).toBe(2)
  expect(await store.entry('event/none')).toBeUndefined()
})
