import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan, prove } from '../../src/analysis/prove.ts'
import { checkText } from '../../src/analysis/text.ts'
import type { Aggregate, Rows } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../support/plain-jail.ts'
import { specDictionary } from './dictionary.ts'
import { exactTable, macros, plain } from './exact.ts'
import { specWorkspace } from './workspace.ts'

const here = import.meta.dirname
const read = (folder: string) =>
  readdirSync(join(here, folder))
    .filter((f) => f.endsWith('.sql'))
    .map((f) => ({
      name: f.replace('.sql', ''),
      text: readFileSync(join(here, folder, f), 'utf8'),
    }))

const engine = createEngine({
  jail: plainJail(),
  memoryMiB: 512,
  diagnose: (t) => console.log(t.slice(0, 500)),
})
let database = ''
beforeAll(async () => {
  database = (await specWorkspace(engine)).whole
})
afterAll(() => engine.close())

const proof = async (text: string): Promise<Proven> => {
  checkText(text)
  return prove(await engine.parse(text), specDictionary, { text })
}

/** The same questions in plain DuckDB, on the same tables, in one child. */
async function naive(texts: readonly string[]): Promise<readonly Rows[]> {
  const before = [`ATTACH '${database}' AS ws (READ_ONLY)`, 'USE ws', ...macros]
  const results = await engine.script({
    statements: [...before, ...texts.map(withoutCodelists)],
    read: [database],
    write: [],
  })
  return results.slice(before.length)
}

/** codelist has a variable number of arguments, which a macro cannot have. */
const withoutCodelists = (text: string): string =>
  text
    .replace(/codelist\(code, 'I10', 'I25\*'\)/, "(code = 'I10' OR starts_with(code, 'I25'))")
    .replace(/code IN codelist\('E\*'\)/, "starts_with(code, 'E')")

/** Five digits: a person's mean is rounded to the lattice of its statistic. */
const digits = (c: unknown): unknown => {
  const n = typeof c === 'string' && /^-?\d+\.\d+$/.test(c) ? Number(c) : c
  return typeof n === 'number' ? Number(n.toPrecision(5)) + 0 : n
}
const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((r) => JSON.stringify(r.map(digits))).sort()

const accepted = read('accepted')
let truths: readonly Rows[] = []

describe('accepted: what is released is what a naive run would say, before noise', () => {
  beforeAll(async () => {
    truths = await naive(accepted.map((a) => a.text))
  })
  test('there are at least 20', () => expect(accepted.length).toBeGreaterThanOrEqual(20))
  test.each(accepted.map((a, i) => ({ ...a, i })))('$name', async ({ text, i }) => {
    const proven = await proof(text)
    checkPlan(await engine.plan(specDictionary, proven.sql), proven)
    const run = (sql: string) => engine.query({ database, sql, check: (p) => checkPlan(p, proven) })
    const [rows, people] = await Promise.all([run(proven.sql), run(proven.personSql)])
    const aggregate = toAggregate(rows, proven)
    const released = sorted(exactTable(aggregate, proven))
    const truth = sorted(truths[i]?.rows.map((r) => r.map((c) => tidy(plain(c)))) ?? [])
    expect(released.length).toBeGreaterThan(0)
    if (proven.limit === undefined) expect(released).toEqual(truth)
    else expect(truth.every((row) => released.includes(row))).toBe(true)
    countAgain(aggregate, people, proven)
  })
})

/** Persons of every cell and statistic, counted by hand from the person level. */
function countAgain({ cells }: Aggregate, people: Rows, proven: Proven): void {
  const column = (name: string): number => people.columns.indexOf(name)
  const labels = proven.labels.map((_, i) => column(`l${i}`))
  const perPerson = grouped(people.rows, (r) => r[0])
  for (const rows of perPerson.values())
    expect(rows.length).toBeLessThanOrEqual(proven.cellsPerPerson)
  const byCell = grouped(people.rows, (r) =>
    JSON.stringify(labels.map((l) => tidy(plain(r[l] ?? null)))),
  )
  for (const cell of cells) {
    const mine = byCell.get(JSON.stringify(cell.labels)) ?? []
    proven.statistics.forEach((s, i) => {
      const at = column(`m${i}`)
      if (at < 0) return
      const values = mine.map((r) => r[at]).filter((v) => v !== null)
      expect(values.every((v) => Number(v) >= Math.min(0, s.lo) && Number(v) <= s.hi)).toBe(true)
      expect(values.reduce<bigint>((n, v) => n + BigInt(v as bigint), 0n)).toBe(cell.sums[i])
      if (s.kind === 'persons')
        expect(values.filter((v) => Number(v) === 1).length).toBe(cell.persons[i])
      else expect(values.length).toBeGreaterThanOrEqual(cell.persons[i] ?? 0)
    })
  }
}

function grouped<T>(rows: readonly T[], key: (row: T) => unknown): Map<unknown, T[]> {
  const groups = new Map<unknown, T[]>()
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row])
  return groups
}

const tidy = (c: unknown): unknown =>
  typeof c === 'string' && /^\d{4}-\d\d-\d\d 00:00:00$/.test(c) ? c.slice(0, 10) : c

describe('refused: with the rule and the place', () => {
  const corpus = read('refused')
  test('there are at least 40', () => expect(corpus.length).toBeGreaterThanOrEqual(40))
  test.each(corpus)('$name', async ({ text }) => {
    const [, rule, place] = /-- refused: (\S+) at (\S+)/.exec(text) ?? []
    const said = await proof(text).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(said instanceof Problem)) throw said ?? new Error('accepted')
    expect([said.facts.rule, said.facts.place]).toEqual([rule, place])
    expect(said.toJSON()).toMatchObject({ reason: expect.any(String), fix: expect.any(String) })
  })
})
