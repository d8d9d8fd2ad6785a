import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Write } from '../../src/domain/capabilities.ts'
import { migrations } from '../../src/store/migrations.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { anEvent } from '../support/samples.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

test('several gateways that start at once on an empty database migrate it once', async () => {
  const stores = await Promise.all([1, 2, 3, 4].map(() => database.open()))
  for (const store of stores) await store.commit([], [anEvent()])
  expect(await stores[0]?.size()).toBe(4)
  const rows = await database.sql('select version from migration order by version')
  expect(rows).toEqual(migrations.map((_, i) => ({ version: i + 1 })))
})

test('a database that a newer Vitrine has written is left alone', async () => {
  await database.sql(`insert into migration (version, name) values (999, 'of the future')`)
  await expect(database.open()).rejects.toMatchObject({
    code: 'store-unavailable',
    facts: { fix: 'Run the newer version of Vitrine.' },
  })
  await database.sql('delete from migration where version = 999')
})

test('what was charged before there were lineages counts for every dataset of its permit, once', async () => {
  const store = await database.open()
  const permit = (id: string, datasets: readonly string[]) =>
    ({ put: 'permit', value: { id, data: { datasets } }, version: 0 }) as unknown as Write
  const charge = (meter: string, key: string, rho: number): Write => ({
    charge: meter,
    key,
    rho,
    budget: 1,
  })
  await store.commit(
    [
      permit('permit-a', ['north', 'east']),
      permit('permit-b', ['north']),
      charge('permit-a', 'one', 0.1),
      charge('permit-a', 'two', 0.2),
      charge('permit-b', 'three', 0.4),
    ],
    [anEvent()],
  )
  await database.sql('delete from migration where version >= 2')
  await database.sql('drop table transcript')
  const now = await database.open()
  expect(await now.spent('lineage:north')).toBe(0.7)
  expect(await now.spent('lineage:east')).toBe(0.3)
  expect(await now.spent('permit-a')).toBe(0.3)
  // A repeat of what was paid for stays free.
  const again = { charge: 'lineage:north', key: 'one', rho: 0.1, budget: 1 }
  expect((await now.commit([again], [anEvent()])).charged).toBe(0)
})
