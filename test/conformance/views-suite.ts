import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { isLosslessNumber, parse, stringify } from 'lossless-json'
import { Problem } from '../../src/domain/problem.ts'
import { compileView } from '../../src/views/compile.ts'
import { problemOfMessage } from '../../src/views/refuse.ts'
import { text } from '../../src/views/sql.ts'

export const vectors = resolve(import.meta.dirname, '../../../shared/conformance/sql-on-fhir')
export const present = existsSync(vectors)

export type Row = Readonly<Record<string, unknown>>
export type Case = Readonly<{
  title: string
  view: unknown
  expect?: readonly Row[]
  expectColumns?: readonly string[]
  expectError?: boolean
}>
export type Suite = Readonly<{ file: string; ndjson: Ndjson; tests: readonly Case[] }>
/** One file per resource type, as Bulk Data prescribes; the view reads the file of its resource. */
export type Ndjson = Readonly<Record<string, string>>
export type Outcome =
  | Readonly<{ kind: 'rows'; rows: readonly Row[]; columns: readonly string[] }>
  | Readonly<{ kind: 'problem'; problem: Problem }>

/** Numbers stay as they are written: 1.0 goes to the engine as 1.0. */
export function suites(): readonly Suite[] {
  return readdirSync(vectors)
    .filter((f) => f.endsWith('.json'))
    .sort()
    .map((file) => {
      const suite = parse(readFileSync(join(vectors, file), 'utf8')) as {
        resources: unknown[]
        tests: Case[]
      }
      return {
        file,
        ndjson: byType(suite.resources),
        tests: suite.tests,
      }
    })
}

export function byType(all: readonly unknown[]): Ndjson {
  const files: Record<string, string> = {}
  for (const resource of all) {
    const type = String((resource as Row)['resourceType'])
    files[type] = `${files[type] ?? ''}${stringify(resource)}\n`
  }
  return files
}

export type Bench = Readonly<{
  run: (view: unknown, ndjson: Ndjson) => Promise<Outcome>
  sql: (sql: string) => Promise<readonly (readonly unknown[])[]>
  close: () => void
}>

/** A real DuckDB and a folder for the files; compiles, runs, and tells refusals from bugs. */
export async function bench(): Promise<Bench> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-views-'))
  let files = 0
  return {
    run: async (view, ndjson) => {
      const file = join(folder, `${++files}.ndjson`)
      writeFileSync(file, ndjson[String((view as Row)['resource'])] ?? '')
      return await execute(connection, view, file)
    },
    sql: async (sql) => (await connection.runAndReadAll(sql)).getRowsJS(),
    close: () => {
      connection.closeSync()
      instance.closeSync()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function execute(
  connection: DuckDBConnection,
  view: unknown,
  file: string,
): Promise<Outcome> {
  try {
    const { sql } = compileView(view, { source: text(file) })
    const reader = await connection.runAndReadAll(sql)
    return {
      kind: 'rows',
      rows: reader.getRowObjectsJS().map(plain),
      columns: reader.columnNames(),
    }
  } catch (error) {
    const problem =
      error instanceof Problem
        ? error
        : problemOfMessage(error instanceof Error ? error.message : '')
    if (!problem) throw error
    return { kind: 'problem', problem }
  }
}

/** BIGINT and lossless numbers as numbers, so that rows compare by value. */
export function plain(row: Row): Row {
  const one = (v: unknown): unknown => {
    if (typeof v === 'bigint' || isLosslessNumber(v)) return Number(v)
    return Array.isArray(v) ? v.map(one) : (v ?? null)
  }
  return Object.fromEntries(Object.entries(row).map(([k, v]) => [k, one(v)]))
}

/** Row order is not part of a view's result; column order within a row is checked apart. */
export const bag = (rows: readonly Row[]): readonly string[] =>
  rows.map((r) => JSON.stringify(Object.entries(r).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()

/** The class by which each expectError is met: another refusal would be met by accident. */
const classes: Readonly<Record<string, string>> = {
  "fail when 'collection' is not true": 'many-values',
  'accessing an undefined constant': 'unknown-constant',
  'incorrect constant definition': 'bad-constant',
  'column mismatch': 'union-columns-differ',
  'column order mismatch': 'union-columns-differ',
  empty: 'missing-resource',
  'missing resource': 'missing-resource',
  'wrong fhirpath': 'fhirpath-syntax',
  'wrong type in forEach': 'not-a-string',
  'where with path resolving to not boolean': 'operand-not-boolean',
  'resource not specified': 'missing-resource',
}

export function verdict(test: Case, outcome: Outcome): string | undefined {
  if (test.expectError) {
    const got =
      outcome.kind === 'problem' ? outcome.problem.facts.rule : `${outcome.rows.length} rows`
    return got === classes[test.title] ? undefined : `expected ${classes[test.title]}, got ${got}`
  }
  if (outcome.kind === 'problem') return `refused: ${JSON.stringify(outcome.problem.facts)}`
  if (test.expectColumns && JSON.stringify(test.expectColumns) !== JSON.stringify(outcome.columns))
    return `columns ${outcome.columns.join(',')}`
  const [want, got] = [bag((test.expect ?? []).map(plain)), bag(outcome.rows)]
  return JSON.stringify(want) === JSON.stringify(got)
    ? undefined
    : `want ${want.join(' ')} got ${got.join(' ')}`
}
