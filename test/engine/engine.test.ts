import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/domain/digest.ts'
import { Problem } from '../../src/domain/problem.ts'
import { checkEngine, createEngine } from '../../src/engine/engine.ts'
import { checkIdentity, KNOWN } from '../../src/engine/identity.ts'
import { plainJail } from '../support/plain-jail.ts'
import { hostileStatements } from './hostile.ts'
import { smallWorkspace } from './workspace.ts'

let said = ''
const engine = createEngine({
  jail: plainJail(),
  memoryMiB: 256,
  queryMs: 4000,
  diagnose: (t) => {
    said += t
  },
})
let ws = { folder: '', database: '' }
beforeAll(async () => {
  ws = await smallWorkspace(engine)
})
afterAll(() => engine.close())

const run = (sql: string, check: (plan: string) => void = () => undefined) =>
  engine.query({ database: ws.database, sql, check })
const problem = async (work: Promise<unknown>): Promise<Problem> => {
  try {
    await work
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('identity', () => {
  test('the installed engine is the known one', () => checkEngine(plainJail()))
  test('an unknown engine is refused', () => {
    expect(() => checkIdentity({ ...KNOWN, tree: 'x', source: 'ffff' })).toThrow(Problem)
  })
})

describe('parse', () => {
  test('answers the tree unread, 64-bit numbers whole', async () => {
    expect(await engine.parse('SELECT 9007199254740993')).toContain('9007199254740993')
  })
  test.each([
    ['SELECT 1 class', 'syntax-bare-alias', '1:10'],
    ['SELECT é FROM\n tt x y', 'syntax', '2:7'],
    ['SELECT (1', 'syntax-unfinished', '1:10'],
    ['INSERT INTO x VALUES (1)', 'statement-select-only', '1:1'],
    ['SELECT 1\0; DROP', 'text-nul', '1:1'],
  ])('%s says where', async (text, rule, place) => {
    expect((await problem(engine.parse(text))).facts).toMatchObject({ rule, place })
  })
  test('a bomb of a text does not end the engine', async () => {
    const deep = `SELECT ${'('.repeat(900)}1${')'.repeat(900)}`
    await engine.parse(deep).catch(() => undefined)
    expect(await engine.parse('SELECT 1')).toContain('"error":false')
  })
})

describe('query', () => {
  test('64 and 128-bit results are exact', async () => {
    const sql =
      'SELECT 9007199254740993::BIGINT, 170141183460469231731687303715884105727::HUGEINT, 1::INTEGER, 0.5::DOUBLE, NULL'
    expect((await run(sql)).rows).toEqual([
      [9007199254740993n, 170141183460469231731687303715884105727n, 1, 0.5, null],
    ])
  })
  test('nothing runs when the plan is refused', async () => {
    const refusal = new Problem('sql-refused', { rule: 'plan' })
    const work = run('SELECT count(*) FROM "ws"."main"."patient"', () => {
      throw refusal
    })
    expect(await problem(work)).toBe(refusal)
  })
  test('a deadline kills, and the next query runs', async () => {
    const began = Date.now()
    const late = await problem(run('SELECT list_reduce(range(300000000), (a, b) -> a + b)'))
    expect(late.code).toBe('run-failed')
    expect(late.facts['died']).toBe(true)
    expect(Date.now() - began).toBeLessThan(8000)
    expect((await run('SELECT 1::INTEGER')).rows).toEqual([[1]])
  })
  test('an abort kills', async () => {
    const stop = new AbortController()
    const work = engine.query({
      database: ws.database,
      sql: 'SELECT count(*) FROM range(100000000000)',
      check: () => undefined,
      signal: stop.signal,
    })
    setTimeout(() => stop.abort(), 300)
    expect((await problem(work)).code).toBe('run-failed')
  })
  test('a workspace with a macro or a view is not opened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-macro-'))
    const database = join(folder, 'ws.duckdb')
    await engine.script({
      statements: [`ATTACH '${database}' AS ws`, 'CREATE MACRO ws.main.sum(x) AS 42'],
      read: [],
      write: [folder],
    })
    const work = engine.query({ database, sql: 'SELECT 1', check: () => undefined })
    expect((await problem(work)).code).toBe('run-failed')
  })
})

test('a locked query child does nothing it is not for', { timeout: 120_000 }, async () => {
  const before = sha256(readFileSync(ws.database))
  const files = readdirSync(ws.folder)
  const wrong: string[] = []
  const attempt = async (statement: string): Promise<void> => {
    const sql = statement.replaceAll('DB', ws.database)
    try {
      // As if the proof and the plan check had both been fooled: straight to the child.
      const { rows } = await run(sql)
      wrong.push(`${statement} -> ${rows.length} rows`)
    } catch (error) {
      const text = JSON.stringify((error as Problem).toJSON())
      if (!text.includes('"run-failed"') || text.includes('CANARY')) wrong.push(text)
    }
  }
  await Promise.all(hostileStatements.map(attempt)) // the engine runs two at a time
  expect(wrong).toEqual([])
  expect(readdirSync(ws.folder)).toEqual(files)
  expect(sha256(readFileSync(ws.database))).toBe(before)
})

test('an error with a row value in it stays inside', async () => {
  const failed = await problem(run('SELECT region::INTEGER FROM "ws"."main"."patient"'))
  expect(JSON.stringify(failed.toJSON())).not.toContain('CANARY')
  await engine.close()
  expect(said).toContain('CANARY')
})

describe('script', () => {
  const own = createEngine({ jail: plainJail(), spares: 0 })
  afterAll(() => own.close())

  test('reads and writes only where it may', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-script-'))
    const input = join(folder, 'in.csv')
    writeFileSync(input, 'a\n1\n2\n')
    const out = mkdtempSync(join(tmpdir(), 'vitrine-out-'))
    const seen: number[] = []
    const [, rows] = await own.script({
      statements: [
        `COPY (SELECT * FROM read_csv('${input}')) TO '${join(out, 'o.parquet')}'`,
        `SELECT sum(a) FROM read_parquet('${join(out, 'o.parquet')}')`,
      ],
      read: [input],
      write: [out],
      onProgress: (done) => seen.push(done),
    })
    expect(rows?.rows).toEqual([[3n]])
    expect(seen).toEqual([1, 2])
    const elsewhere = own.script({
      statements: ['SELECT 1', "SELECT * FROM read_text('/etc/passwd')"],
      read: [input],
      write: [],
    })
    expect((await problem(elsewhere)).facts).toMatchObject({ died: false, statement: 1 })
  })
  test('is all or nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-atom-'))
    const database = join(folder, 'd.duckdb')
    const half = own.script({
      statements: [
        `ATTACH '${database}' AS d`,
        'CREATE TABLE d.t (a INTEGER)',
        "SELECT error('x')",
      ],
      read: [],
      write: [folder],
    })
    expect((await problem(half)).code).toBe('run-failed')
    const after = await own.script({
      statements: [
        `ATTACH '${database}' AS d`,
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'd'",
      ],
      read: [],
      write: [folder],
    })
    expect(after[1]?.rows).toEqual([[0n]])
  })
})
