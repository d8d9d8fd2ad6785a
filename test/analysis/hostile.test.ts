import { afterAll, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { hostileQueries } from '../engine/hostile.ts'
import { hostileNames, injections } from '../fuzz/injection.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith, refusal } from './support.ts'

const engine = createEngine({ jail: plainJail() })
const proof = proofWith(engine)
afterAll(() => engine.close())

test('no hostile text is proven', { timeout: 60_000 }, async () => {
  const accepted: string[] = []
  for (const text of hostileQueries) {
    const problem = await refusal(proof(text)).catch(() => undefined)
    if (problem === undefined) accepted.push(text)
    else expect(problem.facts.rule, text).toBeTypeOf('string')
  }
  expect(accepted).toEqual([])
})

test('bombs are refused before they are bound', { timeout: 60_000 }, async () => {
  const bombs = [
    `SELECT count(*) AS n FROM patient WHERE ${'NOT '.repeat(60)}deceased`,
    `SELECT count(*) AS n FROM patient WHERE ${Array.from({ length: 900 }, (_, i) => `birth_year <> ${i}`).join(' AND ')} AND ${'abs('.repeat(50)}birth_year${')'.repeat(50)} > 1`,
    `SELECT count(*) AS n FROM patient WHERE birth_year IN (${Array.from({ length: 5001 }, (_, i) => i).join(',')})`,
    `SELECT count(*) AS n FROM patient p0 ${Array.from({ length: 900 }, (_, i) => `JOIN patient p${i + 1} USING (person_id)`).join(' ')}`.slice(
      0,
      40_000,
    ),
    `SELECT sum(${'clamp('.repeat(24)}birth_year${', 0, 9)'.repeat(24)}) AS n FROM patient`,
    `SELECT count(*) AS n FROM patient WHERE region = '${'x'.repeat(33_000)}'`,
  ]
  for (const text of bombs) {
    const problem = await refusal(proof(text))
    expect([
      'text-too-deep',
      'text-too-many-nodes',
      'text-too-long',
      'syntax',
      'run-failed',
    ]).toContain(problem.facts.rule ?? problem.code)
  }
})

test('a text that doubles itself through WITH stays small', async () => {
  const steps = Array.from(
    { length: 12 },
    (_, i) =>
      `w${i + 1} AS (SELECT a.person_id, a.s || b.s AS s FROM w${i} a JOIN w${i} b USING (person_id))`,
  )
  const proven = await proof(
    `WITH w0 AS (SELECT person_id, region AS s FROM patient), ${steps.join(', ')} SELECT count(*) AS n FROM w12 WHERE s <> ''`,
  )
  expect(proven.sql.length).toBeLessThan(20_000)
})

test('no hostile name reaches the printing', { timeout: 120_000 }, async () => {
  expect(injections().length).toBe(64 * hostileNames.length)
  const leaks: string[] = []
  // Two names over every template here; all of them in fuzz:proof.
  for (const { text, name } of injections().filter((_, i) =>
    [0, 3].includes(i % hostileNames.length),
  )) {
    const proven = await proof(text).catch(() => undefined)
    if (proven !== undefined && (proven.sql + proven.personSql).includes('hidden')) leaks.push(name)
  }
  expect(leaks).toEqual([])
})
