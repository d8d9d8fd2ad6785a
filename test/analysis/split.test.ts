import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkPlan } from '../../src/analysis/prove.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { generate, mutations } from '../fuzz/generate.ts'
import { makeSplitTest, type SplitTest } from '../fuzz/split.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith, refusal } from './support.ts'

const engine = createEngine({ jail: plainJail(), threads: 1 })
const proof = proofWith(engine)
let split: SplitTest
beforeAll(async () => {
  split = await makeSplitTest(engine, 40)
}, 60_000)
afterAll(() => engine.close())

const EXAMPLES = Number(process.env['EXAMPLES'] ?? 8)

test('the person level of accepted questions is the same for the parts of the people', {
  timeout: 120_000,
}, async () => {
  const folder = join(import.meta.dirname, '../spec/accepted')
  const texts = [
    ...readdirSync(folder).map((f) => readFileSync(join(folder, f), 'utf8')),
    ...Array.from({ length: EXAMPLES }, (_, i) => generate(77_000 + i).text),
  ]
  const proofs: Proven[] = []
  for (const text of texts) {
    const proven = await proof(text).catch(() => undefined)
    if (proven === undefined) continue
    checkPlan(await engine.plan(specDictionary, proven.sql), proven)
    proofs.push(proven)
  }
  expect(proofs.length).toBeGreaterThan(texts.length * 0.7)
  expect((await split(proofs)).filter((n) => n > 0)).toEqual([])
})

test('the split test sees what is not person-local', async () => {
  const local = await proof('SELECT sex, count(*) AS n FROM patient GROUP BY sex')
  const table = '"ws"."main"."patient"'
  const forged = [
    `SELECT person_id AS p, rank() OVER (ORDER BY birth_date) AS l0 FROM ${table}`,
    `SELECT person_id AS p, sex AS l0 FROM ${table} WHERE birth_year >= (SELECT median(birth_year) FROM ${table})`,
    `SELECT a.person_id AS p, b.sex AS l0 FROM ${table} a JOIN ${table} b ON a.region = b.region`,
    `SELECT person_id AS p, sex AS l0 FROM ${table} ORDER BY birth_date LIMIT 10`,
  ]
  const seen = await split(forged.map((personSql) => ({ ...local, personSql })))
  expect(seen.every((n) => n > 0)).toBe(true)
})

test.each(mutations)('broken on purpose by %s: refused, for person-locality', async (mutation) => {
  for (const seed of [1, 2]) {
    const { text } = generate(900 + seed, mutation)
    const proven = await proof(text).catch(() => undefined)
    if (proven !== undefined) expect(await split([proven])).toEqual([0])
  }
  const refused = await Promise.allSettled(
    [1, 2].map((s) => refusal(proof(generate(900 + s, mutation).text))),
  )
  expect(refused.filter((r) => r.status === 'fulfilled').length).toBeGreaterThan(0)
})
