import { afterAll, beforeAll, expect, test } from 'vitest'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan } from '../../src/analysis/prove.ts'
import { recordKeysSql, toCellKeys } from '../../src/analysis/record-keys.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { specWorkspace } from '../spec/workspace.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith } from './support.ts'

const engine = createEngine({ jail: plainJail(), threads: 1 })
const proof = proofWith(engine)
let database = ''
beforeAll(async () => {
  database = (await specWorkspace(engine)).whole
})
afterAll(() => engine.close())

const SALT = 0x1234_5678_9abc_def0n

async function keysOf(text: string, salt = SALT) {
  const proven = await proof(text)
  const query = (sql: string) =>
    engine.query({ database, sql, check: (plan) => checkPlan(plan, proven) })
  const aggregate = toAggregate(await query(proven.sql), proven)
  const keys = toCellKeys(await query(recordKeysSql(proven, salt)), proven, aggregate)
  return new Map(
    aggregate.cells.map((c, i) => [
      c.labels.join('|'),
      { key: keys[i] as number, n: c.persons[0] as number },
    ]),
  )
}

test('the same persons have the same cell key, however they are asked for', async () => {
  const sexes = await keysOf('SELECT sex, count(*) AS n FROM patient GROUP BY sex')
  const women = await keysOf(
    "SELECT count(DISTINCT p.person_id) AS n FROM patient p WHERE p.sex = 'female'",
  )
  expect(women.get('')).toEqual(sexes.get('female'))
  expect(sexes.get('male')?.key).not.toBe(sexes.get('female')?.key)
})

test('cell keys add up over disjoint persons, modulo 2^32', async () => {
  const parts = await keysOf('SELECT region, count(*) AS n FROM patient GROUP BY region')
  const all = (await keysOf('SELECT count(*) AS n FROM patient')).get('')
  const sum = [...parts.values()].reduce((t, { key }) => (t + key) % 2 ** 32, 0)
  expect(sum).toBe(all?.key)
})

test('another salt gives other keys', async () => {
  const text = 'SELECT count(*) AS n FROM patient'
  expect((await keysOf(text)).get('')?.key).not.toBe((await keysOf(text, 1n)).get('')?.key)
})

test('only a table that counts persons once has record keys', async () => {
  const many = await proof('SELECT clinical_status, count(*) AS n FROM condition GROUP BY 1')
  expect(() => recordKeysSql(many, SALT)).toThrow(RangeError)
})
