import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sequencing, Store, Write } from '../../src/domain/capabilities.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { anEvent, aRun } from '../support/samples.ts'

let database: TestDatabase
let stores: readonly (Store & Sequencing)[]
beforeAll(async () => {
  database = await testDatabase()
  stores = await Promise.all([database.open(), database.open()])
})
afterAll(() => database.close())

const numRuns = Number(process.env['EXAMPLES'] ?? 15)
const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

/** Charges in thousandths, a few meters and few keys, so that repeats and exhaustion both happen. */
const charges = fc.array(
  fc.record({
    store: fc.nat({ max: 1 }),
    writes: fc.array(
      fc.record({
        meter: fc.nat({ max: 2 }),
        key: fc.nat({ max: 9 }),
        rho: fc.integer({ min: 0, max: 400 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 40 },
)

test('two gateways never charge beyond a budget, nor twice for one key, nor what they refused', async () => {
  let round = 0
  await fc.assert(
    fc.asyncProperty(charges, async (commits) => {
      const prefix = `meter/${round++}`
      const size = await (stores[0] as Sequencing).size()
      const results = await Promise.all(
        commits.map(async ({ store, writes }) => {
          const change = writes.map(
            ({ meter, key, rho }): Write => ({
              charge: `${prefix}/${meter}`,
              key: `${key}`,
              rho: rho / 1000,
              budget: 1,
            }),
          )
          try {
            return (await (stores[store] as Store).commit(change, [anEvent()])).charged
          } catch (error) {
            expect(codeOf(error)).toBe('budget-exhausted')
            return undefined
          }
        }),
      )
      const accepted = results.filter((charged) => charged !== undefined)
      const [sum] = await database.sql(
        `select coalesce(max(spent), 0) as most, coalesce(sum(spent), 0) as total,
          bool_and(spent = (select coalesce(sum(rho), 0) from charge where meter = name)) is not false as same
        from meter where name like $1`,
        [`${prefix}/%`],
      )
      expect(sum?.['same']).toBe(true)
      expect(Number(sum?.['most'])).toBeLessThanOrEqual(1)
      expect(Number(sum?.['total'])).toBeCloseTo(
        accepted.reduce((a, b) => a + b, 0),
        9,
      )
      expect(await (stores[1] as Sequencing).size()).toBe(size + accepted.length)
    }),
    { numRuns },
  )
})

test('of many who read a version, one writes the next', async () => {
  await (stores[0] as Store).commit([{ put: 'run', value: aRun('run/x'), version: 0 }], [anEvent()])
  for (let version = 1; version <= 5; version++) {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        (stores[i % 2] as Store).commit(
          [{ put: 'run', value: aRun('run/x', { requestedBy: `user ${i}` }), version }],
          [anEvent()],
        ),
      ),
    )
    const refused = outcomes.filter((o) => o.status === 'rejected')
    expect(refused.map(({ reason }) => codeOf(reason))).toEqual(Array(7).fill('conflict'))
  }
  expect((await (stores[1] as Store).get('run', 'run/x'))?.version).toBe(6)
})

test('commits that touch the same things in opposite order do not fail of a deadlock', async () => {
  const put = (id: string): Write => ({ put: 'run', value: aRun(id), version: 0 })
  const charge = (meter: string, key: string): Write => ({ charge: meter, key, rho: 0, budget: 1 })
  for (let i = 0; i < 20; i++) {
    const outcomes = await Promise.allSettled([
      (stores[0] as Store).commit(
        [charge('a', `${i}`), charge('b', `${i}`), put(`run/a${i}`), put(`run/b${i}`)],
        [anEvent()],
      ),
      (stores[1] as Store).commit(
        [put(`run/c${i}`), charge('b', `${i}`), charge('a', `${i}`), put(`run/0${i}`)],
        [anEvent()],
      ),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  }
})

test('events committed at once by two gateways have indexes without a gap', async () => {
  const size = await (stores[0] as Sequencing).size()
  await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      (stores[i % 2] as Store).commit([], [anEvent({ facts: { i } }), anEvent({ facts: { i } })]),
    ),
  )
  const entries = await (stores[0] as Sequencing).entries(size, 1000)
  expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 120 }, (_, i) => size + i))
  // The events of one commit are neighbours.
  const facts = entries.map(({ payload }) => JSON.parse(payload).facts.i)
  for (let i = 0; i < 120; i += 2) expect(facts[i]).toBe(facts[i + 1])
})
