import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan } from '../../src/analysis/prove.ts'
import type { Engine, Scripts } from '../../src/domain/capabilities.ts'
import type { ColumnSpec, Dictionary, TableSpec } from '../../src/domain/dataset.ts'
import type { Aggregate } from '../../src/domain/glass.ts'
import type { Proven } from '../../src/domain/proven.ts'
import type { Field, PersonScript, Reads, ScriptLanguage } from '../../src/domain/script.ts'
import { proveAsked, runtimeOf } from '../../src/flow/question.ts'
import { type Maker, withDatabase } from '../../src/flow/scripted.ts'
import { buildWorkspace } from '../../src/workspace/build.ts'
import { scratch, snapshotOf, testPseudonym } from './snapshot.ts'

/** A permit's workspace of invented persons, and scripts asked of it as a run does: everything but noise and release. */
export type Persons = Readonly<{
  maker: Maker
  permit: Readonly<{
    id: string
    data: { datasets: string[]; tables: Reads; period: { from: string; to: string } }
    workspaces: Record<string, string>
    conditions: { profile: 'standard' }
  }>
  path: string
}>

const column = (
  name: string,
  type: ColumnSpec['type'],
  domain: ColumnSpec['domain'],
): ColumnSpec => ({ name, type, domain, meaning: name })
const key = column('person_id', 'integer', { kind: 'person' })
const day = { kind: 'dates', min: '1900-01-01', max: '2100-12-31' } as const
const table = (
  name: string,
  rowsPerPerson: TableSpec['rowsPerPerson'],
  ...columns: ColumnSpec[]
): TableSpec => ({ name, meaning: name, rowsPerPerson, columns: [key, ...columns] })

/** Diagnoses of every category of the Charlson index, mild and severe, and some of none. */
const CODES =
  'I21.0 I25.2 I11.0 I50.9 I42.6 I70.2 I73.9 I63.9 G45.8 F03 G30.1 J44.9 J45.0 M05.8 M32.1 K25.4 K27 B18.1 K70.3 K73 I85.0 ' +
  'K72.1 E11.9 E10.1 E11.2 E13.4 G81.9 G82 N18.3 I12.0 C34.1 C50.9 C61 C78.0 C80 B20 B24 I10 J06.9 M54.5 Z00.0 C44.9 E66.0'
const codes = CODES.split(' ')

export const personsDictionary: Dictionary = [
  table(
    'patient',
    { kind: 'one' },
    column('sex', 'text', { kind: 'enum', values: ['female', 'male', 'other'] }),
    column('birth_date', 'date', day),
  ),
  table(
    'condition',
    { kind: 'many', cap: 20 },
    column('code', 'text', {
      kind: 'codes',
      system: 'http://hl7.org/fhir/sid/icd-10',
      values: codes,
    }),
  ),
  table(
    'observation',
    { kind: 'many', cap: 20 },
    column('code', 'text', {
      kind: 'codes',
      system: 'http://loinc.org',
      values: ['2160-0', '8480-6'],
    }),
    column('value', 'decimal', { kind: 'range', min: 0, max: 1000, step: 0.01 }),
    column('effective_date', 'date', day),
  ),
]

/** A number from 0 to `n` - 1 that only the arguments make. */
const dice = (n: number, ...of: (string | number)[]): string =>
  `CAST(hash(concat_ws('/', ${of.join(', ')})) % ${n} AS INTEGER)`

/** As SELECTs over `range(persons)`: some are without diagnoses, without measurements, without a day of birth. */
export const personsTables = (persons: number): Readonly<Record<string, string>> => ({
  patient: `SELECT 'p' || i AS person_id, ['female', 'male', 'other'][1 + least(2, ${dice(41, 'i', 1)} // 20)] AS sex,
    CASE WHEN ${dice(50, 'i', 2)} > 0 THEN DATE '1930-01-01' + ${dice(25000, 'i', 3)} END AS birth_date
    FROM range(${persons}) t(i)`,
  condition: `SELECT 'p' || i AS person_id, [${codes.map((it) => `'${it}'`).join()}][1 + ${dice(codes.length, 'i', 'j', 4)}] AS code
    FROM range(${persons}) t(i), range(7) u(j) WHERE j < ${dice(8, 'i', 5)} - 1`,
  observation: `SELECT 'p' || i AS person_id, '2160-0' AS code, 0.4 + ${dice(260, 'i', 'j', 6)} / 100.0 AS value,
    DATE '2015-01-01' + ${dice(3600, 'i', 'j', 7)} AS effective_date FROM range(${persons}) t(i), range(6) u(j) WHERE j < ${dice(7, 'i', 8)}
    UNION ALL SELECT 'p' || i, '8480-6', CAST(95 + ${dice(100, 'i', 'j', 9)} AS DOUBLE), DATE '2018-01-01' + ${dice(4, 'i', 'j', 10)}
    FROM range(${persons}) t(i), range(4) u(j) WHERE j < ${dice(5, 'i', 11)}`,
  opted_out: `SELECT 'p0' AS person_id`,
})

export async function personsWorkspace(
  caps: Readonly<{ engine: Engine; scripts: Scripts }>,
  of: Readonly<{ dictionary: Dictionary; tables: Readonly<Record<string, string>> }>,
): Promise<Persons> {
  const directory = scratch()
  const tables = Object.fromEntries(
    of.dictionary.map((it) => [
      it.name,
      it.columns.filter((c) => c.domain.kind !== 'person').map((c) => c.name),
    ]),
  )
  const data = { datasets: ['d'], tables, period: { from: '1900-01-01', to: '2100-01-01' } }
  mkdirSync(join(directory, 'workspaces'))
  const made = await buildWorkspace(
    { engine: caps.engine, keys: { pseudonym: testPseudonym() } },
    {
      permit: 'permit-1',
      snapshot: await snapshotOf(of.tables),
      dictionary: of.dictionary,
      scope: data,
      out: join(directory, 'workspaces', 'permit-1'),
      escrow: join(directory, 'escrow'),
    },
  )
  return {
    maker: { ...caps, dictionary: of.dictionary, directory },
    permit: {
      id: 'permit-1',
      data,
      workspaces: { d: made.digest },
      conditions: { profile: 'standard' },
    },
    path: made.path,
  }
}

/** The exact aggregate of a question over what a script answers: proven, run and read as in flow/execute.ts. */
export async function askScript(
  { maker, permit }: Persons,
  script: PersonScript,
  text: string,
): Promise<Readonly<{ aggregate: Aggregate; proven: Proven }>> {
  const analysis = { text, script, runtime: await runtimeOf(maker, script) }
  const { proven } = await proveAsked(maker, permit, analysis)
  const { signal } = new AbortController()
  const source = { permit, analysis, dataset: 'd', signal }
  const rows = await withDatabase(maker, source, (database, once) =>
    maker.engine.query({
      database,
      once,
      sql: proven.sql,
      check: (plan) => checkPlan(plan, proven),
    }),
  )
  return { aggregate: toAggregate(rows, proven), proven }
}

const examples = resolve(import.meta.dirname, '../../sandbox/examples/person')
const extension = { python: 'py', r: 'R', javascript: 'js' } as const

/** A script of sandbox/examples/person with what its head says it reads and answers. */
export const example = (
  name: string,
  language: ScriptLanguage,
  reads: Reads,
  field: Field,
): PersonScript => ({
  mode: 'person',
  language,
  text: readFileSync(join(examples, `${name}.${extension[language]}`), 'utf8'),
  reads,
  fields: [field],
})
