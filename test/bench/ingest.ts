import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { evalSqlOnFhir } from '@medplum/core'
import { compileView } from '../../src/views/compile.ts'
import { ident, text } from '../../src/views/sql.ts'

/**
 * `npm run -s bench:ingest -- --json`: what compiled views cost, in CPU seconds and as ratios within one run, on
 * Observations of its own (about 500,000). The bound is one column read through read_ndjson. Each figure is the
 * least of `--rounds`, each in a fresh process, whose high-water mark is the peak. A second line gives the cost of
 * a row at 1, 4 and 16 times the data.
 */
const { values: options } = parseArgs({
  options: {
    observations: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    task: { type: 'string' },
    file: { type: 'string' },
  },
})

const column = (name: string, path: string, type: string): object => ({ name, path, type })
const flat = {
  resource: 'Observation',
  select: [
    {
      column: [
        column('id', 'getResourceKey()', 'id'),
        column('person', 'subject.getReferenceKey(Patient)', 'id'),
        column('encounter', 'encounter.getReferenceKey(Encounter)', 'id'),
        column('status', 'status', 'code'),
        column('code', 'code.coding.first().code', 'code'),
        column('system', 'code.coding.first().system', 'uri'),
        column('category', 'category.first().coding.first().code', 'code'),
        column('value', 'value.ofType(Quantity).value', 'decimal'),
        column('unit', 'value.ofType(Quantity).code', 'code'),
        column('effective', 'effective.ofType(dateTime)', 'dateTime'),
        column('issued', 'issued', 'instant'),
      ],
    },
  ],
}
const each = {
  resource: 'Observation',
  select: [
    { forEach: 'component', column: [column('value', 'value.ofType(Quantity).value', 'decimal')] },
  ],
}

/** The same eleven columns as an expert would write them for these data. */
const byHand = (file: string): string => `
  SELECT id,
    CASE WHEN regexp_matches(subject.reference, '^Patient/[A-Za-z0-9.-]{1,64}(/_history/.+)?$')
      THEN split_part(subject.reference, '/', 2) END AS person,
    CASE WHEN regexp_matches(encounter.reference, '^Encounter/[A-Za-z0-9.-]{1,64}(/_history/.+)?$')
      THEN split_part(encounter.reference, '/', 2) END AS encounter,
    status, code.coding[1].code AS code, code.coding[1].system AS system,
    category[1].coding[1].code AS category, valueQuantity.value AS value,
    valueQuantity.code AS unit, effectiveDateTime AS effective, issued
  FROM read_ndjson(${text(file)}, columns = {resourceType: 'VARCHAR', id: 'VARCHAR', status: 'VARCHAR',
    subject: 'STRUCT(reference VARCHAR)', encounter: 'STRUCT(reference VARCHAR)',
    code: 'STRUCT(coding STRUCT(code VARCHAR, system VARCHAR)[])',
    category: 'STRUCT(coding STRUCT(code VARCHAR)[])[]',
    valueQuantity: 'STRUCT(value DOUBLE, code VARCHAR)', effectiveDateTime: 'VARCHAR', issued: 'VARCHAR'})
  WHERE resourceType = 'Observation'`

const columnsOfFlat = flat.select.flatMap((s) => s.column.map((c) => (c as { name: string }).name))
/** Counting the values of every column computes every column and keeps none. */
const counted = (sql: string, columns: readonly string[]): string =>
  `SELECT ${columns.map((c) => `count(${ident(c)})`).join(', ')} FROM (${sql})`

const statements: Readonly<Record<string, (file: string) => string>> = {
  bound: (file) => `SELECT count(id) FROM read_ndjson(${text(file)}, columns = {id: 'VARCHAR'})`,
  flat: (file) => counted(compileView(flat, { source: text(file) }).sql, columnsOfFlat),
  hand: (file) => counted(byHand(file), columnsOfFlat),
  forEach: (file) => counted(compileView(each, { source: text(file) }).sql, ['value']),
}

function observation(i: number): string {
  const reading = (code: string, value: number): object => ({
    code: { coding: [{ system: 'http://loinc.org', code }] },
    valueQuantity: { value, unit: 'mm[Hg]', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
  })
  const pressure = i % 4 === 0
  return JSON.stringify({
    resourceType: 'Observation',
    id: `o${i}`,
    meta: { lastUpdated: '2024-05-01T08:00:00.000Z', versionId: '1' },
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'vital-signs',
          },
        ],
      },
    ],
    code: {
      coding: [{ system: 'http://loinc.org', code: pressure ? '85354-9' : '29463-7' }],
      text: pressure ? 'Blood pressure' : 'Body weight',
    },
    subject: { reference: `Patient/p${i % 50_000}` },
    encounter: { reference: `Encounter/e${i % 90_000}` },
    effectiveDateTime: `20${10 + (i % 14)}-0${1 + (i % 9)}-1${i % 10}T10:00:00Z`,
    issued: `20${10 + (i % 14)}-0${1 + (i % 9)}-1${i % 10}T10:05:00.000Z`,
    ...(pressure
      ? { component: [reading('8480-6', 110 + (i % 60)), reading('8462-4', 60 + (i % 40))] }
      : {
          valueQuantity: {
            value: 50 + (i % 700) / 10,
            unit: 'kg',
            system: 'http://unitsofmeasure.org',
            code: 'kg',
          },
        }),
  })
}

async function generate(file: string, count: number): Promise<void> {
  const out = createWriteStream(file)
  for (let i = 0; i < count; i += 1000) {
    const lines = Array.from({ length: Math.min(1000, count - i) }, (_, j) => observation(i + j))
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}

const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

type Figure = Readonly<{ cpu: number; peakMiB: number }>

/** One statement in this process, which was started for it alone. */
async function measure(task: string, file: string): Promise<Figure> {
  if (task === 'medplum') return await measurePeer(file)
  const statement = statements[task]
  if (!statement) throw new Error('unknown task')
  const instance = await DuckDBInstance.create(':memory:', {
    threads: options.threads,
    memory_limit: '256MB',
    preserve_insertion_order: 'false',
  })
  const connection = await instance.connect()
  const start = process.cpuUsage()
  await connection.runAndReadAll(statement(file))
  const cpu = cpuSeconds(start)
  connection.closeSync()
  return { cpu, peakMiB: highWater() }
}

/** The peer has no reader: lines are parsed by JSON.parse, which is the least it needs. */
async function measurePeer(file: string): Promise<Figure> {
  const start = process.cpuUsage()
  for await (const line of createInterface({ input: createReadStream(file) }))
    evalSqlOnFhir(flat as unknown as Parameters<typeof evalSqlOnFhir>[0], [JSON.parse(line)])
  return { cpu: cpuSeconds(start), peakMiB: highWater() }
}

const highWater = (): number =>
  Math.round(
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024,
  )

function inFreshProcess(task: string, file: string): Figure {
  const args = [import.meta.filename, '--task', task, '--file', file, '--threads', options.threads]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

/** The tasks in turn, round by round, so that a busy machine burdens all alike. */
function inTurn<T extends string>(tasks: readonly T[], file: string): Record<T, Figure> {
  const rounds = Array.from({ length: Number(options.rounds) }, () =>
    tasks.map((task) => inFreshProcess(task, file)),
  )
  const best = (i: number): Figure => ({
    cpu: Math.min(...rounds.map((r) => r[i]?.cpu ?? Number.NaN)),
    peakMiB: Math.max(...rounds.map((r) => r[i]?.peakMiB ?? Number.NaN)),
  })
  return Object.fromEntries(tasks.map((task, i) => [task, best(i)])) as Record<T, Figure>
}

const ratio = (a: number, b: number): number => Math.round((100 * a) / b) / 100

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'))
  const count = Number(options.observations)
  const sample = Math.min(20_000, count)
  const file = (n: number): string => join(folder, `${n}.ndjson`)
  try {
    const sizes = [Math.round(count / 16), Math.round(count / 4), count]
    for (const n of [...sizes, sample]) await generate(file(n), n)
    const tasks = ['bound', 'flat', 'hand', 'forEach'] as const
    const { bound, flat: flatly, hand, forEach } = inTurn(tasks, file(count))
    const peer = inFreshProcess('medplum', file(sample))
    const result = {
      flat: ratio(flatly.cpu, bound.cpu),
      forEach: ratio(forEach.cpu, bound.cpu),
      vsHandwritten: ratio(flatly.cpu, hand.cpu),
      vsMedplum: ratio(peer.cpu / sample, flatly.cpu / count),
      peakRssMiB: Math.max(flatly.peakMiB, forEach.peakMiB),
      threads: Number(options.threads),
      observations: count,
      cpuSeconds: { bound: bound.cpu, flat: flatly.cpu, hand: hand.cpu, forEach: forEach.cpu },
    }
    const growth = sizes.map((n) => {
      const { cpu, peakMiB } = n === count ? flatly : inTurn(['flat'], file(n)).flat
      return { observations: n, microsecondsPerRow: ratio(1e6 * cpu, n), peakRssMiB: peakMiB }
    })
    const show = (x: unknown): void => console.log(options.json ? JSON.stringify(x) : x)
    show(result)
    show({ growth })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (options.task !== undefined)
  console.log(JSON.stringify(await measure(options.task, options.file ?? '')))
else await main()
