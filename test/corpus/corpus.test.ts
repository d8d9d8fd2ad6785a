import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { proveQuestion } from '../../src/flow/prove.ts'
import { reducer } from '../../src/http/reducer.ts'
import { standardDictionary } from '../../src/views/dictionary.ts'
import { plainJail } from '../support/plain-jail.ts'
import { median } from './accuracy.ts'
import { judge, readQuestions, type Verdict } from './questions.ts'

const docs = readFileSync(join(import.meta.dirname, '../../docs/sql.md'), 'utf8')
const engine = createEngine({ jail: plainJail(), threads: 1 })
const questions = readQuestions()
let verdicts: readonly Verdict[] = []
beforeAll(async () => {
  verdicts = await judge(engine, questions)
}, 60_000)
afterAll(() => engine.close())

/** Refused by their nature: docs/sql.md says of each what to ask instead. */
const refused = {
  'attrition-union-of-steps': 'release-one-select',
  'comparative-matched-controls': 'option-unknown',
  'completeness-implausible-stays': 'release-expression',
  'drug-polypharmacy-mean-by-region': 'function-unknown',
  'lab-cholesterol-median': 'function-unknown',
  'procedure-caesarean-share': 'grouping-sets-cells',
  'standardisation-direct-rate': 'group-needs-person-key',
  'stay-median-length': 'release-aggregate',
  'utilisation-frequent-attenders': 'release-expression',
  'vaccination-and-covid-hospital-stay': 'column-ambiguous',
  'vaccination-covid-doses': 'column-ambiguous',
}

describe('questions that epidemiologists ask', () => {
  test('there are at least 66, each saying in its first line what it asks', () => {
    expect(questions.length).toBeGreaterThanOrEqual(66)
    expect(questions.filter(({ text }) => !/^-- [A-Z].{20,}[.?]\n/.test(text))).toEqual([])
  })

  test('are accepted, but for the known ones, each refused by its rule', () => {
    const said = verdicts.flatMap(({ name, refusal }) => (refusal ? [[name, refusal.rule]] : []))
    expect(Object.fromEntries(said)).toEqual(refused)
    expect(verdicts.length - said.length).toBeGreaterThanOrEqual(55)
  })

  test('a refusal is explained in docs/sql.md, by its rule and by its question', () => {
    for (const { name, refusal } of verdicts) {
      if (refusal === undefined) continue
      expect(docs).toContain(`| \`${refusal.rule}\` |`)
      expect(docs).toContain(`\`${name}\``)
      expect(refusal.place).toMatch(/^\d+:\d+$/)
      expect(refusal.fix.length).toBeGreaterThan(10)
    }
  })

  test.each(Object.keys(refused))('%s has another way of being asked', async (name) => {
    const folder = join(import.meta.dirname, 'instead')
    const text = readFileSync(join(folder, `${name}.sql`), 'utf8')
    const spec = join(folder, `${name}.json`)
    const more = existsSync(spec)
      ? { reducer: reducer.parse(JSON.parse(readFileSync(spec, 'utf8'))) }
      : {}
    const { proven } = await proveQuestion({ engine }, { text, ...more }, standardDictionary)
    expect(proven.statistics.length).toBeGreaterThan(0)
  })

  test('every first pass figure is kept, so that the final one has something to be compared with', () => {
    const first = JSON.parse(
      readFileSync(join(import.meta.dirname, 'first-pass.json'), 'utf8'),
    ) as Readonly<{ questions: number; accepted: number }>
    expect(first.questions).toBe(questions.length)
    expect(first.accepted).toBe(68)
  })
})

test('the median of an even number of values is between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([3, 1, 2])).toBe(2)
})
