import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan, prove } from '../../src/analysis/prove.ts'
import { protect } from '../../src/disclosure/protect.ts'
import type { Engine } from '../../src/domain/capabilities.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { overWorkspace } from '../../src/engine/settings.ts'
import { launchers } from '../sandbox/launchers.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { testNoise } from '../support/noise.ts'
import { plainJail } from '../support/plain-jail.ts'
import { people, writePeople } from './people.ts'
import { type Question, questions } from './questions.ts'

/**
 * `npm run -s bench:disclosure -- --json`: what protection costs, as the protected run over the raw aggregate of the
 * same rows, in turn within one run, on a workspace of its own (500,000 persons, 5 million events). A ratio is the least
 * time of one side over the least of the other: other work on the machine only adds; the medians stand beside it.
 * `onePerPerson` and `events` are the worst question of their kind.
 */
const { values: options } = parseArgs({
  options: {
    persons: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '11' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})
const [persons, rounds, threads] = [options.persons, options.rounds, options.threads].map(Number)
const MEMORY_MIB = 1024

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0
const round = (x: number, digits = 2): number => Number(x.toFixed(digits))
async function timed<T>(work: () => Promise<T> | T): Promise<Readonly<{ ms: number; value: T }>> {
  const began = performance.now()
  const value = await work()
  return { ms: performance.now() - began, value }
}

type Side = Readonly<{ leastMs: number; medianMs: number }>
type Compared = Readonly<{
  question: string
  kind: Question['kind']
  ratio: number
  ratioOfMedians: number
  raw: Side
  protected: Side
}>

async function proof(engine: Engine, text: string): Promise<Proven> {
  return prove(await engine.parse(text), specDictionary, { text })
}

/** Settings of a query child, but in this process: a child answers one question and dies. */
async function openLike(database: string): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const setting of overWorkspace(database, MEMORY_MIB, threads as number))
    await connection.run(setting)
  return connection
}

async function compare(engine: Engine, database: string): Promise<readonly Compared[]> {
  const proofs = await Promise.all(questions.map((q) => proof(engine, q.text)))
  const connection = await openLike(database)
  const run = async (sql: string): Promise<number> =>
    (await timed(() => connection.runAndReadAll(sql))).ms
  const times = questions.map(() => ({ raw: [] as number[], shielded: [] as number[] }))
  for (let n = 0; n <= (rounds as number); n++)
    for (const [i, { raw }] of questions.entries()) {
      const pair = [await run(raw), await run(proofs[i]?.sql as string)] as const
      // The first round reads the file.
      if (n === 0) continue
      times[i]?.raw.push(pair[0])
      times[i]?.shielded.push(pair[1])
    }
  connection.closeSync()
  return questions.map(({ name, kind }, i) => {
    const [raw, shielded] = [sideOf(times[i]?.raw ?? []), sideOf(times[i]?.shielded ?? [])]
    return {
      question: name,
      kind,
      ratio: round(shielded.leastMs / raw.leastMs),
      ratioOfMedians: round(shielded.medianMs / raw.medianMs),
      raw,
      protected: shielded,
    }
  })
}

const sideOf = (ms: readonly number[]): Side => ({
  leastMs: round(Math.min(...ms), 1),
  medianMs: round(quantile(ms, 0.5), 1),
})

const worst = (
  compared: readonly Compared[],
  kind: Question['kind'],
  of: 'ratio' | 'ratioOfMedians',
): number => Math.max(...compared.filter((c) => c.kind === kind).map((c) => c[of]))

/** Proof and printing of the accepted corpus, in this process, from the parsed tree; and the parse, which is a child's. */
async function proving(
  engine: Engine,
): Promise<Readonly<{ proofMs: number[]; parseMs: number[] }>> {
  const folder = join(import.meta.dirname, '../spec/accepted')
  const texts = readdirSync(folder).map((f) => readFileSync(join(folder, f), 'utf8'))
  const [proofMs, parseMs]: [number[], number[]] = [[], []]
  for (let n = 0; n < 8; n++)
    for (const text of texts) {
      const parsed = await timed(() => engine.parse(text))
      parseMs.push(parsed.ms)
      proofMs.push((await timed(() => prove(parsed.value, specDictionary, { text }))).ms)
    }
  return { proofMs, parseMs }
}

/** From the text to the protected table, as src/flow/execute.ts does it: proof, a child, the checked plan, noise. */
async function endToEnd(engine: Engine, database: string, times: number): Promise<number[]> {
  const text = readFileSync(
    join(import.meta.dirname, '../spec/accepted/hypertension-by-sex-and-age.sql'),
    'utf8',
  )
  const rules = {
    profile: 'standard',
    k: 10,
    rounding: 5,
    variance: 100,
    workspace: 'bench',
  } as const
  const all: number[] = []
  for (let n = 0; n < times; n++) {
    const { ms } = await timed(async () => {
      const proven = await proof(engine, text)
      const check = (plan: string): void => checkPlan(plan, proven)
      const rows = await engine.query({ database, sql: proven.sql, check })
      return protect(toAggregate(rows, proven), proven, rules, testNoise())
    })
    all.push(ms)
  }
  return all
}

async function written(
  folder: string,
  size: number,
): Promise<Readonly<{ database: string; events: number }>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: options.threads })
  const connection = await instance.connect()
  const made = await writePeople(connection, folder, size)
  connection.closeSync()
  instance.closeSync()
  return made
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-disclosure-'))
  const jail = launchers()[0] ?? plainJail()
  const engineWith = (spares: number): Engine =>
    createEngine({ jail, spares, threads: threads as number, memoryMiB: MEMORY_MIB })
  const [engine, cold] = [engineWith(1), engineWith(0)]
  try {
    const sizes = [16, 4, 1].map((part) => Math.round((persons as number) / part))
    const measured: Readonly<{ size: number; events: number; compared: readonly Compared[] }>[] = []
    let database = ''
    for (const size of sizes) {
      const made = await written(folder, size)
      database = made.database
      measured.push({ size, events: made.events, compared: await compare(engine, database) })
    }
    const all = measured.at(-1)?.compared ?? []
    const { proofMs, parseMs } = await proving(engine)
    const warmMs = await endToEnd(engine, database, 9)
    const coldMs = await endToEnd(cold, database, 5)
    const result = {
      onePerPerson: worst(all, 'onePerPerson', 'ratio'),
      events: worst(all, 'events', 'ratio'),
      proofP95Ms: round(quantile(proofMs, 0.95)),
      endToEndP50Ms: Math.round(quantile(warmMs, 0.5)),
      growth: measured.map(({ size, events, compared }) => ({
        persons: size,
        eventRows: events,
        onePerPerson: worst(compared, 'onePerPerson', 'ratio'),
        events: worst(compared, 'events', 'ratio'),
        nanosecondsPerEventRow: round(
          (1e6 *
            Math.max(
              ...compared.filter((c) => c.kind === 'events').map((c) => c.protected.leastMs),
            )) /
            events,
          1,
        ),
      })),
      ofMedians: {
        onePerPerson: worst(all, 'onePerPerson', 'ratioOfMedians'),
        events: worst(all, 'events', 'ratioOfMedians'),
      },
      questions: all,
      parseP50Ms: round(quantile(parseMs, 0.5)),
      coldEndToEndP50Ms: Math.round(quantile(coldMs, 0.5)),
      rounds,
      threads,
      launcher: jail.launcher,
      tables: people.map((t) => t.name),
    }
    console.log(options.json ? JSON.stringify(result) : JSON.stringify(result, null, 2))
  } finally {
    await Promise.all([engine.close(), cold.close()])
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
