import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPlan } from '../../src/analysis/prove.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { tableStatements } from '../spec/workspace.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith, refusal } from './support.ts'

// A run that dies of memory or time shows that it did. What kills it over one person tells that there is such a person.
const engine = createEngine({ jail: plainJail(), spares: 0 })
const proof = proofWith(engine)
const folder = mkdtempSync(join(tmpdir(), 'vitrine-burden-'))
const database = join(folder, 'ws.duckdb')
afterAll(() => engine.close())
beforeAll(() =>
  engine.script({
    statements: [
      `ATTACH '${database}' AS ws`,
      ...tableStatements(40),
      'UPDATE ws.main.patient SET birth_year = CASE WHEN person_id = 3 THEN 1950 ELSE 1960 END',
    ],
    read: [],
    write: [folder],
  }),
)

/** The rows of one person, n times n of them, each with a text of about `size` characters. */
const wide = (n: number, size: number): string => `
WITH a AS (SELECT person_id, 'Aber ' || coalesce(region, 'x') AS s FROM patient WHERE birth_year = 1950),
b AS (SELECT person_id, s || s || s || s || s AS s FROM a),
c AS (SELECT person_id, s || s || s || s || s || s || s || s || s || s || s || s AS s FROM b),
w AS (SELECT c.person_id, left(c.s, ${size}) AS s, i.range AS i, j.range AS j FROM c JOIN range(${n}) i ON i.range >= 0 JOIN range(${n}) j ON j.range >= 0),
y AS (SELECT person_id, s || i::VARCHAR || 'x' || j::VARCHAR AS s FROM w)
SELECT count(DISTINCT x.person_id) AS n
FROM (SELECT y.person_id, row_number() OVER (PARTITION BY y.person_id ORDER BY y.s DESC) AS r FROM y) x WHERE x.r > 3`

const many = `w AS (SELECT p.person_id, i.range AS i, j.range AS j FROM patient p
  JOIN range(1000) i ON i.range >= 0 JOIN range(1000) j ON j.range >= 0 WHERE p.birth_year = 1950)`
/** As many windows, one over the other, over a million rows of one person. */
const deep = (windows: number): string => {
  const level = (k: number): string =>
    `w${k} AS (SELECT person_id, i, row_number() OVER (PARTITION BY person_id ORDER BY j, i) AS j FROM w${k === 1 ? '' : k - 1})`
  const levels = Array.from({ length: windows }, (_, k) => level(k + 1))
  return `WITH ${[many, ...levels].join(', ')} SELECT count(DISTINCT person_id) AS n FROM w${windows} WHERE j > 5`
}

describe('what one person could burden the engine with is refused', () => {
  test.each([
    ['a gigabyte of text', wide(1000, 900)],
    ['a dozen windows over a million rows', deep(12)],
    [
      'every row against every other, for a match',
      `WITH ${many} SELECT count(*) AS n FROM w x SEMI JOIN w y ON y.person_id = x.person_id AND x.i + x.j > y.i + y.j + 3000`,
    ],
    [
      'or for one that is not there',
      `WITH ${many} SELECT count(*) AS n FROM w x WHERE NOT EXISTS (SELECT 1 FROM w y WHERE y.person_id = x.person_id AND x.i + x.j > y.i + y.j + 3000)`,
    ],
    [
      'or in a scalar',
      `WITH ${many} SELECT count(*) AS n FROM w x WHERE (SELECT count(*) FROM w y WHERE y.person_id = x.person_id AND x.i + x.j > y.i + y.j + 3000) > 2`,
    ],
  ])('%s', async (_, text) => {
    expect((await refusal(proof(text))).facts).toMatchObject({ rule: 'fan-out' })
  })
})

describe('what is accepted, a person cannot kill', () => {
  test.each([
    ['text', wide(250, 900)],
    ['windows', deep(3)],
  ])('%s', { timeout: 60_000 }, async (_, text) => {
    const proven = await proof(text)
    const check = (plan: string): void => checkPlan(plan, proven)
    const rows = await engine.query({ database, sql: proven.sql, check })
    expect(rows.rows).toHaveLength(1)
  })
})
