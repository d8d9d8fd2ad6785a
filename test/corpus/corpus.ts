import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan } from '../../src/analysis/prove.ts'
import { charge } from '../../src/disclosure/charge.ts'
import { protect } from '../../src/disclosure/protect.ts'
import type { Engine } from '../../src/domain/capabilities.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../support/plain-jail.ts'
import { type Accuracy, accuracy, median } from './accuracy.ts'
import firstPass from './first-pass.json' with { type: 'json' }
import { populationStatements } from './people.ts'
import { judge, readQuestions } from './questions.ts'

/**
 * Asks every question of the corpus as a first question of its own (a fresh lineage), over a made-up population, and
 * says what came back: `npm run -s corpus -- --json [--persons 50000] [--variances 10,40,100]`.
 */
const K = 10

const noise = (seed: string) => (context: string) => {
  let at = 0
  let pool = Buffer.alloc(0)
  return (n: number): Uint8Array => {
    while (pool.length < n) {
      at += 1
      pool = Buffer.concat([pool, createHmac('sha512', seed).update(`${at}:${context}`).digest()])
    }
    const taken = pool.subarray(0, n)
    pool = pool.subarray(n)
    return taken
  }
}

type Answer = Readonly<{
  name: string
  rho: Readonly<Record<string, number>>
  at: ReadonlyMap<number, Accuracy>
}>

async function ask(
  engine: Engine,
  database: string,
  { name, proven }: Readonly<{ name: string; proven: Proven }>,
  variances: readonly number[],
): Promise<Answer> {
  const rows = await engine.query({ database, sql: proven.sql, check: (p) => checkPlan(p, proven) })
  const exact = toAggregate(rows, proven)
  const at = variances.map((variance): [number, Accuracy] => {
    const rules = { profile: 'standard', k: K, variance, rounding: 5, workspace: name } as const
    return [variance, accuracy(exact, protect(exact, proven, rules, noise(name)), proven)]
  })
  const rho = variances.map((v) => [String(v), charge(proven, v).rho])
  return { name, rho: Object.fromEntries(rho), at: new Map(at) }
}

const round = (x: number): number => Number(x.toPrecision(3))
const per = <T>(variances: readonly number[], f: (variance: number) => T) =>
  Object.fromEntries(variances.map((v) => [String(v), f(v)]))

function summary(answers: readonly Answer[], variances: readonly number[]) {
  const all = (v: number): Accuracy[] => answers.flatMap((a) => a.at.get(v) ?? [])
  const sum = (v: number, f: (a: Accuracy) => number): number =>
    all(v).reduce((n, a) => n + f(a), 0)
  return {
    medianRelativeError: per(variances, (v) => round(median(all(v).flatMap((a) => a.errors)))),
    // a question with many cells weighs as much as one with few
    medianOfQuestionMedians: per(variances, (v) =>
      round(median(all(v).flatMap((a) => (a.errors.length > 0 ? [median(a.errors)] : [])))),
    ),
    questionsWithin10Percent: per(
      variances,
      (v) => all(v).filter((a) => a.errors.length > 0 && median(a.errors) <= 0.1).length,
    ),
    publishedShare: per(variances, (v) =>
      round(sum(v, (a) => a.published) / sum(v, (a) => a.exact)),
    ),
    medianRho: per(variances, (v) => round(median(answers.map((a) => a.rho[v] ?? Number.NaN)))),
    answeredAt: per(variances, (v) => all(v).filter((a) => a.rows > 0).length),
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      persons: { type: 'string', default: '50000' },
      variances: { type: 'string', default: '10,40,100' },
      each: { type: 'boolean', default: false },
    },
  })
  const variances = values.variances.split(',').map(Number)
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-corpus-'))
  const engine = createEngine({
    jail: plainJail(),
    memoryMiB: 1024,
    diagnose: (text) => console.error(text.slice(0, 500)),
  })
  try {
    const database = join(folder, 'ws.duckdb')
    const statements = [
      `ATTACH '${database}' AS ws`,
      ...populationStatements(Number(values.persons)),
    ]
    await engine.script({ statements, read: [], write: [folder] })
    const verdicts = await judge(engine, readQuestions())
    const accepted = verdicts.flatMap((v) => (v.proven ? [{ name: v.name, proven: v.proven }] : []))
    const answers: Answer[] = []
    for (const question of accepted) answers.push(await ask(engine, database, question, variances))
    const rows = (a: Answer): number => Math.max(...[...a.at.values()].map((x) => x.rows))
    const refusedFirst = new Set(firstPass.refused.map((r) => r.name))
    const report = {
      persons: Number(values.persons),
      k: K,
      questions: verdicts.length,
      accepted: accepted.length,
      answered: answers.filter((a) => rows(a) > 0).length,
      unanswered: answers.filter((a) => rows(a) === 0).map((a) => a.name),
      refused: verdicts.flatMap(({ name, refusal }) =>
        refusal ? [{ name, rule: refusal.rule }] : [],
      ),
      // As the questions were first written and the proof then was.
      firstPass: {
        accepted: firstPass.accepted,
        answered: answers.filter((a) => rows(a) > 0 && !refusedFirst.has(a.name)).length,
      },
      ...summary(answers, variances),
      ...(values.each && {
        each: answers.map((a) => ({
          name: a.name,
          ...per(variances, (v) => {
            const found = a.at.get(v)
            return found && { rho: a.rho[v], rows: found.rows, error: round(median(found.errors)) }
          }),
        })),
      }),
    }
    console.log(values.json ? JSON.stringify(report) : JSON.stringify(report, null, 2))
  } finally {
    await engine.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
