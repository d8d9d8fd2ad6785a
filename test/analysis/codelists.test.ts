import { afterAll, describe, expect, test } from 'vitest'
import { publicLists } from '../../src/analysis/lists.ts'
import { sha256 } from '../../src/domain/digest.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { digestOfAsked } from '../../src/flow/question.ts'
import { analysisBody } from '../../src/http/schema.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith, refusal } from './support.ts'

const engine = createEngine({ jail: plainJail(), spares: 0 })
const proof = proofWith(engine)
afterAll(() => engine.close())

const using = (list: string): string =>
  `SELECT count(DISTINCT person_id) AS n FROM condition WHERE code IN codelist('${list}')`

describe('code lists of a question', () => {
  test('are written out: the same codes are the same question, other codes another one', async () => {
    const text = using('heart')
    const [one, two, three] = await Promise.all([
      proof(text, { codelists: { heart: ['I21.9', 'I50*'] } }),
      proof(using('other-name'), { codelists: { 'other-name': ['I50*', 'I21.9'] } }),
      proof(text, { codelists: { heart: ['I21.9', 'I51*'] } }),
    ])
    expect(one.canonical).toBe(two.canonical)
    expect(three.canonical).not.toBe(one.canonical)
    expect(one.sql).toContain("'I21.9'")
    expect(one.sql).not.toContain('heart')
  })

  test('cannot hide a public list, or grow without bound', async () => {
    const taken = await refusal(proof(using('statins'), { codelists: { statins: ['X1'] } }))
    expect(taken.facts.rule).toBe('codelist-taken')
    const many = Array.from({ length: 500 }, (_, i) => `X${i}`)
    const tests = Array.from({ length: 21 }, () => "codelist(code, 'many')").join(' OR ')
    const text = `SELECT count(DISTINCT person_id) AS n FROM condition WHERE ${tests}`
    const long = await refusal(proof(text, { codelists: { many } }))
    expect(long.facts.rule).toBe('codelist-too-long')
  })

  test('names that Object has are no lists', async () => {
    const none = await refusal(proof(using('constructor')))
    expect(none.facts.rule).toBe('codelist-unknown')
  })

  test('a quote in a code stays a text', async () => {
    const { sql } = await proof(using('odd'), { codelists: { odd: ["I1'0"] } })
    expect(sql).toContain("'I1''0'")
  })
})

describe('public code lists', () => {
  test('have unique names, a source and codes of their system', () => {
    expect(new Set(publicLists.map((l) => l.name)).size).toBe(publicLists.length)
    expect(publicLists.filter((l) => l.name.startsWith('charlson-'))).toHaveLength(17)
    for (const { codes, name, source } of publicLists) {
      expect(source.length).toBeGreaterThan(10)
      expect(new Set(codes).size).toBe(codes.length)
      const form = name.startsWith('charlson-')
        ? /^[A-Z]\d(\d(\.\d)?)?\*?$/
        : /^[A-Z]\d\d[A-Z]*\d*\*?$/
      expect(codes.filter((c) => !form.test(c))).toEqual([])
    }
  })

  test('can be named by every question', async () => {
    const { sql } = await proof(using('charlson-renal-disease'))
    expect(sql).toContain("'N25.0'")
  })
})

describe('at the door', () => {
  const body = { name: 'heart', language: 'sql', text: 'SELECT 1' }
  const taken = (codelists: unknown): boolean =>
    analysisBody.safeParse({ ...body, codelists }).success

  test('names, codes and sizes are checked', () => {
    expect(taken({ heart: ['I21*', 'I50.9', '4548-4'] })).toBe(true)
    expect(taken({ heart: [] })).toBe(false)
    expect(taken({ 'He art': ['I21'] })).toBe(false)
    expect(taken({ heart: ["I'1"] })).toBe(false)
    expect(taken({ heart: Array.from({ length: 501 }, () => 'I21') })).toBe(false)
    expect(
      taken(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, ['I21']]))),
    ).toBe(false)
  })

  test('an approval binds to the lists, and to the text alone where there are none', () => {
    const text = 'SELECT 1'
    expect(digestOfAsked({ text })).toBe(sha256(text))
    const one = digestOfAsked({ text, codelists: { a: ['I21'] } })
    expect(one).not.toBe(digestOfAsked({ text, codelists: { a: ['I22'] } }))
    expect(one).not.toBe(sha256(text))
  })
})
