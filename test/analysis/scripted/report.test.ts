import { describe, expect, test } from 'vitest'
import { changedLines } from '../../../src/analysis/scripted/lines.ts'
import { report } from '../../../src/analysis/scripted/report.ts'
import { tokens } from '../../../src/analysis/scripted/tokens.ts'
import type { PersonScript, ScriptLanguage } from '../../../src/domain/script.ts'

const script = (language: ScriptLanguage, text: string): PersonScript => ({
  mode: 'person',
  language,
  text,
  reads: { patient: ['sex', 'birth_date'], condition: ['code', 'onset_date'] },
  fields: [{ name: 'old', type: 'boolean', domain: { kind: 'boolean' }, otherwise: false }],
})
const analysis = (language: ScriptLanguage, text: string, id = 'a') => ({
  id,
  text: 'SELECT old, count(*) AS n FROM frame GROUP BY old',
  script: script(language, text),
})
const of = (language: ScriptLanguage, text: string) => report(analysis(language, text), undefined)

const python = `import numpy as np, math
from datetime import date  # import os
x = "import socket"
"""
import hidden
"""
def person(records):
    import statistics; import json
    return {'old': records['patient'][0]['birth_date'] < '1950-01-01'}
`
const r = `library(stats); require("survival")
# library(hidden)
person <- function(records) { utils::head(records$condition$code); requireNamespace('jsonlite') }
`
const javascript = `import { a } from 'node:fs'
// import 'hidden'
/* require('hidden2') */
const os = require("os")
export const person = async ({ patient }) => ({ old: patient[0].sex === 'x', b: await import(\`late\`) })
`

describe('imports', () => {
  test.each([
    ['python', python, ['datetime', 'json', 'math', 'numpy', 'statistics']],
    ['r', r, ['jsonlite', 'stats', 'survival', 'utils']],
    ['javascript', javascript, ['late', 'node:fs', 'os']],
  ] as const)('of %s, and none of a comment', (language, text, names) => {
    const found = of(language, text).imports
    expect(found.filter((it) => !it.includes('hidden') && it !== 'socket')).toEqual(names)
    expect(found.some((it) => it === 'os' && language === 'python')).toBe(false)
  })
})

test('tables and columns that it mentions, and those it declares for nothing', () => {
  const found = of('python', python)
  expect(found.tables).toEqual(['patient'])
  expect(found.columns).toEqual(['patient.birth_date'])
  expect(found.unmentioned).toEqual(['condition', 'patient.sex'])
})

test.each([
  ['python', 'x = 1\nTARGET = "1234567"', 2, 'long number'],
  ['python', "\n\n\nif b == '1956-03-14': pass", 4, 'date'],
  ['python', 'd = date(1956, 3, 14)', 1, 'date'],
  ['r', 'x <- 1234567890L', 1, 'long number'],
  ['r', 'x <- r"(\n14.03.1956)"', 2, 'date'],
  ['javascript', 'const a = `\n\n123e4567-e89b-12d3-a456-426614174000`', 3, 'uuid'],
  ['javascript', "// somebody@example.org\nlet y = 'a'", 1, 'email'],
  ['javascript', 'const who = 19_560_314', 1, 'long number'],
] as const)(
  '%s: what looks like an identifier is named by its line',
  (language, text, line, looksLike) => {
    const found = of(language, text)
    expect(found.literals).toEqual([{ line, looksLike }])
    const said = JSON.stringify(found)
    for (const value of ['1234567', '1956', '123e4567', 'somebody'])
      expect(said).not.toContain(value)
  },
)

test('codes and thresholds are not identifiers', () => {
  const codes = `CODES = {'44054006': 1}`
  expect(of('python', "if code.startswith('E11') or value > 140.5: x = 2024").literals).toEqual([])
  // A SNOMED code is a long number: the officer is shown the line, and decides.
  expect(of('python', codes).literals).toEqual([{ line: 1, looksLike: 'long number' }])
})

const reordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reordered)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([key, it]) => [key, reordered(it)]),
        )
      : value

test('an amendment of code alone is light, of what is declared is full, and shows its lines', () => {
  const base = analysis('python', 'a\nb\nc\nd', 'base')
  const light = report(analysis('python', 'a\nB\nc\nd\ne'), base)
  expect(light).toMatchObject({ amendment: 'light', base: 'base', changed: [2, 5] })
  // As a store gives it back: its keys in another order.
  const stored = { ...base, script: reordered(base.script) as PersonScript }
  expect(report(analysis('python', 'a\nB\nc\nd'), stored).amendment).toBe('light')
  const other = { ...analysis('python', 'a\nb\nc\nd'), text: 'SELECT count(*) AS n FROM frame' }
  expect(report(other, base)).toMatchObject({ amendment: 'full', changed: [] })
  const wider = analysis('python', 'a\nb\nc\nd')
  const more = { ...wider, script: { ...wider.script, reads: { patient: ['sex'] } } }
  expect(report(more, base).amendment).toBe('full')
  expect(report(base, undefined)).toMatchObject({ amendment: 'first', changed: [] })
})

test('changed lines', () => {
  expect(changedLines('', 'x')).toEqual([1])
  expect(changedLines('a\nb', 'b\na')).toHaveLength(1)
  expect(changedLines('a\nb\nc', 'a\nc')).toEqual([])
  const long = Array.from({ length: 3000 }, (_, i) => `l${i}`).join('\n')
  expect(changedLines(long, long.replaceAll('l', 'm'))).toHaveLength(3000)
})

test('whatever the text, every character stands in one token and nothing is thrown', () => {
  for (const language of ['python', 'r', 'javascript'] as const)
    for (const text of [
      '"',
      "'''",
      'r"---(',
      '/*',
      '`${',
      '\\',
      '#',
      '"\\',
      "'\n'",
      '"""a',
      'x\u0000',
    ])
      expect(() => tokens(language, text)).not.toThrow()
  const big = `${'"\\'.repeat(60_000)}\n#`
  const began = performance.now()
  tokens('python', big)
  of('javascript', big)
  expect(performance.now() - began).toBeLessThan(3000)
})
