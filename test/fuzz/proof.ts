import { parseArgs } from 'node:util'
import { checkPlan, prove } from '../../src/analysis/prove.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { plainJail } from '../support/plain-jail.ts'
import { type Generated, generate, mutations } from './generate.ts'
import { hostileNames, injections, templateCount } from './injection.ts'
import { makeSplitTest, SPLITS } from './split.ts'

/**
 * `npm run -s fuzz:proof -- --queries 5000 --json`: random questions, one in five broken on purpose. Every accepted one
 * must pass the bound-plan check and the split test; an accepted mutant that fails the split test fails the run, and so
 * does a hostile name that reaches the printing.
 */
const { values } = parseArgs({
  options: {
    queries: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    nightly: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const queries = values.nightly ? 100_000 : Number(values.queries)
const first = Number(values.seed) * 1_000_000
const engine = createEngine({ jail: plainJail(), spares: 1, threads: 1 })
const began = Date.now()
const BATCH = 100

type Accepted = Readonly<{ generated: Generated; proven: Proven }>
const refusals: Record<string, number> = {}
const count = {
  accepted: 0,
  mutants: 0,
  mutantsAccepted: 0,
  mutantsRefused: 0,
  planDifferences: 0,
  splitDifferences: 0,
  crashes: 0,
  leaks: 0,
}
const failures: string[] = []

async function proof(text: string): Promise<Proven | undefined> {
  try {
    const proven = prove(await engine.parse(text), specDictionary, { text })
    return proven
  } catch (error) {
    if (!(error instanceof Problem)) {
      count.crashes += 1
      failures.push(`crash: ${String(error)}: ${text}`)
      return undefined
    }
    const rule = String(error.facts.rule)
    refusals[rule] = (refusals[rule] ?? 0) + 1
    return undefined
  }
}

async function planned(proven: Proven, text: string): Promise<boolean> {
  try {
    checkPlan(await engine.plan(specDictionary, proven.sql), proven)
    return true
  } catch (error) {
    count.planDifferences += 1
    failures.push(`plan: ${error instanceof Problem ? error.facts.reason : String(error)}: ${text}`)
    return false
  }
}

const split = await makeSplitTest(engine, 40)

async function splitBatch(batch: readonly Accepted[]): Promise<void> {
  const differences = await split(batch.map((b) => b.proven))
  for (const [i, n] of differences.entries()) {
    if (n === 0) continue
    count.splitDifferences += 1
    failures.push(`split: ${n} rows: ${batch[i]?.generated.text}`)
  }
}

let waiting: Accepted[] = []
for (let i = 0; i < queries; i++) {
  const mutation = i % 5 === 4 ? mutations[Math.floor(i / 5) % mutations.length] : undefined
  const generated = generate(first + i, mutation)
  const proven = await proof(generated.text)
  if (mutation !== undefined) count.mutants += 1
  if (proven === undefined) {
    if (mutation !== undefined) count.mutantsRefused += 1
    continue
  }
  count.accepted += 1
  if (mutation !== undefined) count.mutantsAccepted += 1
  if (!(await planned(proven, generated.text))) continue
  waiting.push({ generated, proven })
  if (waiting.length === BATCH) {
    await splitBatch(waiting)
    waiting = []
    if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${queries}`)
  }
}
if (waiting.length > 0) await splitBatch(waiting)

let injectionsAccepted = 0
for (const { text } of injections()) {
  const proven = await proof(text)
  if (proven === undefined) continue
  injectionsAccepted += 1
  if (
    /hidden|real_ids|nid|DROP/.test(proven.sql + proven.personSql) ||
    !(await planned(proven, text))
  ) {
    count.leaks += 1
    failures.push(`leak: ${text}`)
  }
}
await engine.close()

const report = {
  queries,
  splits: SPLITS,
  ...count,
  injection: {
    templates: templateCount,
    names: hostileNames.length,
    accepted: injectionsAccepted,
    leaks: count.leaks,
  },
  refusals,
  seconds: Math.round((Date.now() - began) / 1000),
}
const bad = count.splitDifferences + count.planDifferences + count.crashes + count.leaks
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
for (const failure of failures.slice(0, 20)) process.stderr.write(`${failure}\n`)
process.exitCode = bad === 0 ? 0 : 1
