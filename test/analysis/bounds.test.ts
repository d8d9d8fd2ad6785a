import { afterAll, describe, expect, test } from 'vitest'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith } from './support.ts'

const engine = createEngine({ jail: plainJail(), spares: 0 })
const proof = proofWith(engine)
afterAll(() => engine.close())

/** Cells of one person, and the bounds of the last statistic. */
const bounds = ({ cellsPerPerson, statistics }: Proven) => {
  const last = statistics.at(-1)
  return { cells: cellsPerPerson, lo: last?.lo, hi: last?.hi }
}

describe('row_number() over all rows of each person bounds the rows that are left', () => {
  const first = (over: string, test: string): string =>
    `SELECT x.code, count(*) AS n FROM (SELECT person_id, code, row_number() OVER (${over}) AS r FROM condition) x WHERE ${test} GROUP BY x.code`
  const mine = 'PARTITION BY person_id ORDER BY onset_date'

  test.each([
    [mine, 'x.r = 1', 1],
    [mine, 'x.r <= 2', 2],
    [mine, 'x.r BETWEEN 2 AND 3 AND x.r >= 1', 2],
    ['PARTITION BY person_id, code ORDER BY onset_date', 'x.r = 1', 3],
    [mine, 'x.r = 1 OR x.r = 2', 3],
    [mine, 'x.r >= 2', 3],
  ])('%s, %s: %i cells', async (over, where, cells) => {
    expect(bounds(await proof(first(over, where))).cells).toBe(cells)
  })

  test('rank() may number two rows alike, and a join may repeat a number', async () => {
    const rank = first(mine, 'x.r = 1').replace('row_number', 'rank')
    expect(bounds(await proof(rank)).cells).toBe(3)
    const joined = `SELECT e.encounter_class, count(*) AS n FROM (SELECT person_id, row_number() OVER (${mine}) AS r FROM condition) x JOIN encounter e ON e.person_id = x.person_id WHERE x.r = 1 GROUP BY e.encounter_class`
    expect(bounds(await proof(joined)).cells).toBe(3)
  })
})

describe('a WHERE bounds the expressions that it compares', () => {
  const stays = (select: string, where: string): string =>
    `-- rows: 1\nSELECT ${select} AS s FROM encounter WHERE ${where}`

  test('and no others', async () => {
    const within = 'end_date - start_date BETWEEN 0 AND 30'
    expect(bounds(await proof(stays('sum(end_date - start_date)', within)))).toMatchObject({
      lo: 0,
      hi: 30,
    })
    const other = bounds(await proof(stays('sum(start_date - end_date)', within)))
    expect(other.hi).toBeGreaterThan(10_000)
    const either = bounds(await proof(stays('sum(end_date - start_date)', `(${within} OR true)`)))
    expect(either.hi).toBeGreaterThan(10_000)
  })

  test('nor in a subquery or around it', async () => {
    const text = `-- rows: 1
SELECT sum(x.d) AS s FROM (SELECT person_id, end_date - start_date AS d FROM encounter) x
WHERE EXISTS (SELECT 1 FROM encounter e WHERE e.person_id = x.person_id AND e.end_date - e.start_date BETWEEN 0 AND 30)`
    expect(bounds(await proof(text)).hi).toBeGreaterThan(10_000)
  })

  test('two bounds close what has none, one does not', async () => {
    const value = (where: string): string =>
      `-- rows: 1\nSELECT sum(value) AS s FROM observation WHERE ${where}`
    const total = (await proof(value('value BETWEEN 4 AND 15'))).statistics.at(-1)
    expect(total?.hi).toBe(15 * (total?.scale ?? 0))
    await expect(proof(value('value >= 4'))).rejects.toThrow()
  })
})

test('least is at most an argument that is never NULL', async () => {
  const days = (x: string): string =>
    `SELECT sum(${x}) AS s FROM (SELECT person_id, count(*) AS n, max(end_date - start_date) AS d FROM encounter GROUP BY person_id) x`
  expect(bounds(await proof(days('least(x.n, 7)'))).hi).toBe(7)
  expect(bounds(await proof(days('least(x.d, 7)'))).hi).toBe(7)
  expect(bounds(await proof(days('greatest(x.d, 7)'))).lo).toBe(7)
})
