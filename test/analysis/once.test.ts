import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { generate } from '../fuzz/generate.ts'
import { specWorkspace } from '../spec/workspace.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith } from './support.ts'

/** The charge counts C cells a person, and the text of a one-row relation does not enforce it: the proof alone does. */
const engine = createEngine({ jail: plainJail(), threads: 1 })
const proof = proofWith(engine)
let database = ''
beforeAll(async () => {
  database = (await specWorkspace(engine)).whole
})
afterAll(() => engine.close())

const EXAMPLES = Number(process.env['EXAMPLES'] ?? 40)

test('no person has more rows at the person level than the proof counts cells', async () => {
  const folder = join(import.meta.dirname, '../spec/accepted')
  const texts = [
    ...readdirSync(folder).map((f) => readFileSync(join(folder, f), 'utf8')),
    ...Array.from({ length: EXAMPLES }, (_, i) => generate(51_000 + i).text),
  ]
  const proofs = []
  for (const text of texts) {
    const proven = await proof(text).catch(() => undefined)
    if (proven !== undefined) proofs.push(proven)
  }
  expect(proofs.length).toBeGreaterThan(texts.length * 0.6)
  const most = proofs.map(
    ({ personSql }) =>
      `SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM (${personSql}) AS q WHERE "p" IS NOT NULL GROUP BY "p")`,
  )
  const answers = await engine.script({
    statements: [`ATTACH '${database}' AS ws (READ_ONLY)`, 'USE ws', ...most],
    read: [database],
    write: [],
  })
  proofs.forEach((proven, i) => {
    const rows = Number(answers[i + 2]?.rows[0]?.[0])
    expect.soft(rows, proven.sql.slice(0, 200)).toBeLessThanOrEqual(proven.cellsPerPerson)
  })
}, 120_000)
