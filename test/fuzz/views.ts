import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { compileView } from '../../src/views/compile.ts'
import { text } from '../../src/views/sql.ts'
import { execute } from '../conformance/views-suite.ts'
import { makeDice } from './dice.ts'
import { differences } from './views/differences.ts'
import { type Answer, type Column, peer, same } from './views/peer.ts'
import { type RandomView, randomView } from './views/random-view.ts'
import { resource, rootTypes } from './views/resources.ts'

/**
 * `npm run -s fuzz:views -- --views 2000 --json`: random views on generated resources, compiled and run in DuckDB,
 * against Medplum's evalSqlOnFhir. Exits 1 when a difference is not explained by the list in differences.ts.
 */
const { values: options } = parseArgs({
  options: {
    views: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    resources: { type: 'string', default: '25' },
    json: { type: 'boolean', default: false },
    show: { type: 'string', default: '3' },
  },
})

type Batch = Readonly<Record<string, Readonly<{ file: string; resources: readonly unknown[] }>>>

function writeBatch(folder: string, seed: number): Batch {
  const d = makeDice(seed)
  const odd = d.chance(0.2)
  return Object.fromEntries(
    rootTypes.map((type) => {
      const resources = Array.from({ length: Number(options.resources) }, (_, n) =>
        resource(type, `p${n}`, d, odd),
      )
      const file = join(folder, `${type}-${seed}.ndjson`)
      writeFileSync(file, `${resources.map((r) => JSON.stringify(r)).join('\n')}\n`)
      return [type, { file, resources }]
    }),
  )
}

async function ask(
  connection: DuckDBConnection,
  view: unknown,
  file: string,
): Promise<readonly [Answer, readonly Column[]]> {
  const outcome = await execute(connection, view, file).catch((error: unknown) => String(error))
  if (typeof outcome === 'string') return [{ kind: 'bug', rule: outcome.slice(0, 300) }, []]
  if (outcome.kind === 'problem')
    return [{ kind: 'error', rule: JSON.stringify(outcome.problem.facts) }, []]
  const { columns } = compileView(view, { source: text(file) })
  return [{ kind: 'rows', rows: outcome.rows }, columns]
}

type Verdict = Readonly<{ agree: boolean; ours: Answer; theirs: Answer }>
async function judge(
  connection: DuckDBConnection,
  view: unknown,
  file: string,
  resources: readonly unknown[],
): Promise<Verdict> {
  const [ours, columns] = await ask(connection, view, file)
  const theirs = peer(view, resources)
  return { agree: same(ours, theirs, columns), ours, theirs }
}

/** The fewest named departures whose absence makes the engines agree; undefined if there are none such. */
async function explain(
  agrees: (view: unknown) => Promise<boolean>,
  view: unknown,
  { ours, theirs }: Verdict,
): Promise<readonly string[] | undefined> {
  const possible = differences.filter((d) => d.applies?.(ours, theirs) ?? true)
  for (const { name, without } of possible) if (await agrees(without(view))) return [name]
  let rest = view
  const names: string[] = []
  for (const { name, without } of possible) {
    const next = without(rest)
    if (JSON.stringify(next) === JSON.stringify(rest)) continue
    names.push(name)
    rest = next
    if (await agrees(rest)) return names
  }
  return undefined
}

/** The first resource on which the engines disagree: for the one who has to find out why. */
async function show(
  connection: DuckDBConnection,
  view: RandomView,
  folder: string,
  resources: readonly unknown[],
): Promise<void> {
  console.error(JSON.stringify(view))
  for (const r of resources) {
    const file = join(folder, 'one.ndjson')
    writeFileSync(file, JSON.stringify(r))
    const { agree, ours, theirs } = await judge(connection, view, file, [r])
    if (agree) continue
    console.error(
      ` on ${JSON.stringify(r)}\n ours   ${JSON.stringify(ours)}\n theirs ${JSON.stringify(theirs)}`,
    )
    return
  }
}

const folder = mkdtempSync(join(tmpdir(), 'vitrine-fuzz-'))
const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()
const explained: Record<string, number> = {}
const unexplained: number[] = []
let [rows, bothRefuse] = [0, 0]
let batch: Batch = {}
const base = Number(options.seed) * 1_000_003
for (let i = 0; i < Number(options.views); i++) {
  if (i % 50 === 0) batch = writeBatch(folder, base + i)
  const view = randomView(makeDice(base + i))
  const { file, resources } = batch[view.resource] ?? { file: '', resources: [] }
  const agrees = async (v: unknown): Promise<boolean> =>
    (await judge(connection, v, file, resources)).agree
  const verdict = await judge(connection, view, file, resources)
  const { agree, ours } = verdict
  if (agree) {
    if (ours.kind === 'rows') rows += ours.rows.length
    else bothRefuse++
    continue
  }
  const why = await explain(agrees, view, verdict)
  if (why) for (const name of why) explained[name] = (explained[name] ?? 0) + 1
  else {
    unexplained.push(i)
    if (unexplained.length <= Number(options.show)) await show(connection, view, folder, resources)
  }
}
connection.closeSync()
instance.closeSync()
rmSync(folder, { recursive: true, force: true })
const result = {
  views: Number(options.views),
  seed: Number(options.seed),
  rows,
  bothRefuse,
  explained,
  unexplained: unexplained.length,
}
console.log(options.json ? JSON.stringify(result) : result)
process.exitCode = unexplained.length > 0 ? 1 : 0
