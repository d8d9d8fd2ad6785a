import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { calls } from '../../src/analysis/duckdb.ts'
import { sqlReference } from '../../src/analysis/reference.ts'
import { rules } from '../../src/analysis/rules.ts'

const file = join(import.meta.dirname, '../../docs/sql.md')
// npm run docs:sql
if (process.env['VITRINE_WRITE'] === 'sql') writeFileSync(file, sqlReference())

test('docs/sql.md is what the tables say', () => {
  expect(readFileSync(file, 'utf8')).toBe(sqlReference())
})

test('every rule has a sentence why and one what to do', () => {
  for (const [id, rule] of Object.entries(rules)) {
    expect(rule.why, id).toMatch(/^[A-Z].*\.$/)
    expect(rule.fix.length, id).toBeGreaterThan(9)
  }
})

test('every spelling names its catalogue', () => {
  for (const print of Object.values(calls)) {
    const printed = print('"c1"', '"c2"', '"c3"', '"c4"')
    const bare = printed.replace(/system\.main\."[a-z0-9_]+"\(/g, '(').match(/\b[a-z_]+\(/gi) ?? []
    expect(bare.filter((f) => !['TRY_CAST(', 'CAST(', 'COALESCE('].includes(f))).toEqual([])
  }
})
