import { afterAll, beforeAll, expect, test } from 'vitest'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan } from '../../src/analysis/prove.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { exactTable } from '../spec/exact.ts'
import { specWorkspace } from '../spec/workspace.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith, refusal } from './support.ts'

const engine = createEngine({ jail: plainJail() })
const proof = proofWith(engine)
let database = ''
beforeAll(async () => {
  database = (await specWorkspace(engine)).whole
})
afterAll(() => engine.close())

async function table(text: string) {
  const proven = await proof(text)
  const rows = await engine.query({ database, sql: proven.sql, check: (p) => checkPlan(p, proven) })
  return { proven, rows: exactTable(toAggregate(rows, proven), proven) }
}

test('ROLLUP gives every margin, each person once in each table', async () => {
  const { proven, rows } = await table(
    'SELECT sex, deceased, count(*) AS n FROM patient GROUP BY ROLLUP (sex, deceased)',
  )
  expect(proven.sets).toEqual([[], [0], [0, 1]])
  expect(proven.cellsPerPerson).toBe(3)
  const total = (of: typeof rows): number => of.reduce((n, r) => n + Number(r[2]), 0)
  const isTable = (sex: boolean, deceased: boolean) => (r: (typeof rows)[number]) =>
    (r[0] === 'all') === sex && (r[1] === 'all') === deceased
  const tables = [isTable(true, true), isTable(false, true), isTable(false, false)].map((f) =>
    rows.filter(f),
  )
  expect(tables.map(total)).toEqual([400, 400, 400])
  expect(tables[0]).toEqual([['all', 'all', 400]])
  // A person whose sex is not known is a cell of its own, not the total.
  expect(tables[1]?.some((r) => r[0] === null)).toBe(true)
})

test('GROUPING SETS and CUBE keep their sets, written twice or in another order', async () => {
  const sets = async (by: string) =>
    (await proof(`SELECT sex, region, count(*) AS n FROM patient GROUP BY ${by}`)).sets
  expect(await sets('GROUPING SETS ((region, sex), (sex), (sex), ())')).toEqual([[0, 1], [1], []])
  expect((await sets('CUBE (sex, region)'))?.length).toBe(4)
  expect(await sets('sex, region')).toBeUndefined()
})

test('a table over rows that spread a person has no sets', async () => {
  const problem = await refusal(
    proof('SELECT code, count(DISTINCT person_id) AS n FROM condition GROUP BY ROLLUP (code)'),
  )
  expect(problem.facts.rule).toBe('grouping-sets-cells')
})
