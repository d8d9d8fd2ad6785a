import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { tableStatements } from '../spec/workspace.ts'
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

// Where somebody has a value that does not contribute, whether k do is an exact bit: ten known persons and a target.
describe('whoever has a value contributes, also where it passes its bounds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bounds-'))
  const attach = `ATTACH '${join(folder, 'ws.duckdb')}' AS ws`
  const counted = async (text: string): Promise<readonly unknown[]> => {
    const { sql } = await proof(text)
    const answers = await engine.script({
      statements: [`${attach} (READ_ONLY)`, sql],
      read: [folder],
      write: [],
    })
    const [[, counter, , contributors] = []] = answers[1]?.rows ?? []
    return [counter, contributors]
  }
  const before = "WHERE birth_date BETWEEN DATE '1955-01-01' AND DATE '1960-01-01'"

  beforeAll(() =>
    engine.script({ statements: [attach, ...tableStatements(300)], read: [], write: [folder] }),
  )

  test.each([
    `SELECT avg(date_diff('month', birth_date, DATE '2025-01-01')) AS a FROM patient ${before}`,
    `SELECT avg(date_diff('month', DATE '2025-01-01', birth_date)) AS a FROM patient ${before}`,
    `SELECT avg(date_sub('quarter', birth_date, DATE '2055-01-01')) AS a FROM patient ${before}`,
    `WITH w AS (SELECT person_id, value, row_number() OVER (PARTITION BY person_id ORDER BY value DESC) AS r FROM observation),
       s AS (SELECT person_id, sum(clamp(value, 0, 0.0000006)) AS s FROM w WHERE r = 1 GROUP BY person_id)
     SELECT avg(s) AS a FROM s`,
  ])('%s', async (text) => {
    const [counter, contributors] = await counted(text)
    expect(Number(counter)).toBeGreaterThan(10)
    expect(contributors).toBe(counter)
  })

  test.each([
    ['month', 780, 840],
    ['quarter', 260, 280],
    ['year', 65, 70],
  ])('the %ss between two periods', async (unit, lo, hi) => {
    const text = `SELECT sum(date_diff('${unit}', birth_date, DATE '2025-01-01')) AS s FROM patient ${before}`
    const found = bounds(await proof(text))
    expect(found.lo).toBeLessThanOrEqual(lo)
    expect(found.hi).toBeGreaterThanOrEqual(hi)
  })
})
