import { afterAll, beforeAll, expect, test } from 'vitest'
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
