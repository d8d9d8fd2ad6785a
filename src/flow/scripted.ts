import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { conform, frameTable } from '../analysis/scripted/frame.ts'
import type { Cell } from '../domain/glass.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { PersonScript } from '../domain/script.ts'
import { frameStatement, recordsStatement } from '../workspace/records.ts'
import { restrict } from '../workspace/restrict.ts'
import { text } from '../workspace/sql.ts'
import type { House } from './house.ts'
import { withScratch } from './opened.ts'
import { type Asked, assertRuntime, dictionaryOf, personScriptOf } from './question.ts'
import { workspaceFile } from './workspace.ts'

/** What of the house makes a frame. */
export type Maker = Pick<House, 'engine' | 'scripts' | 'dictionary' | 'directory'>

/** What a run asks its question of, and how to stop it. */
export type Source = Readonly<{
  permit: Pick<Permit, 'id' | 'data' | 'workspaces'>
  analysis: Asked
  dataset: string
  signal: AbortSignal
}>

/**
 * Lends `act` the database of a run: the permit's workspace or, where a person script makes the frame, a database with
 * that one table, made in a scratch directory of its owner's alone and removed whatever happens. `once` says that the
 * file will not be there again. Throws `digest-mismatch` (runtime), `jail-unavailable`, and `run-failed`.
 */
export async function withDatabase<T>(
  house: Maker,
  source: Source,
  act: (database: string, once: boolean) => Promise<T>,
): Promise<T> {
  const workspace = workspaceFile(house, source.permit, source.dataset)
  const script = personScriptOf(source.analysis)
  if (script === undefined) return act(workspace, false)
  await assertRuntime(house, source.analysis)
  return withScratch(house, workspace, async (scratch) =>
    act(await makeFrame(house, { ...source, script, workspace, scratch }), true),
  )
}

type Making = Source & Readonly<{ script: PersonScript; workspace: string; scratch: string }>

async function makeFrame(house: Maker, making: Making): Promise<string> {
  const { script, workspace, scratch, signal } = making
  const records = join(scratch, 'records.ndjson')
  const answers = join(scratch, 'answers.ndjson')
  const database = join(scratch, 'frame.duckdb')
  const seen = restrict(dictionaryOf(house, making.permit), {
    ...making.permit.data,
    tables: script.reads,
  })
  await house.engine.script({
    statements: [`ATTACH ${text(workspace)} AS ws (READ_ONLY)`, recordsStatement(seen, records)],
    read: [workspace],
    write: [scratch],
    signal,
  })
  await evaluate(house, making, records, answers)
  await house.engine.script({
    statements: [
      `ATTACH ${text(database)} AS ws`,
      'BEGIN',
      frameStatement(frameTable(script.fields), answers),
      'COMMIT',
      'CHECKPOINT ws',
      'DETACH ws',
    ],
    read: [],
    write: [scratch],
    signal,
  })
  return database
}

/** Bytes of answers that are gathered before they are written. */
const CHUNK = 64 * 1024

/**
 * Sends each person's records, without the ordinal, and writes each answer beside the ordinal it belongs to. A jail that
 * answers for fewer or more persons than there are has failed as a whole.
 */
async function evaluate(
  house: Maker,
  { script, signal }: Making,
  records: string,
  answers: string,
): Promise<void> {
  const waiting: string[] = []
  let answered = 0
  let chunk = ''
  const file = openSync(answers, 'wx', 0o600)
  const flush = (): void => {
    writeSync(file, chunk)
    chunk = ''
  }
  try {
    await house.scripts.persons({
      script,
      records: own(records, waiting),
      signal,
      answer: (values) => {
        const person = waiting[answered]
        if (person === undefined) throw failed()
        answered += 1
        chunk += `${lineOf(script, person, values)}\n`
        if (chunk.length > CHUNK) flush()
      },
    })
    flush()
  } finally {
    closeSync(file)
  }
  if (signal.aborted || answered !== waiting.length) throw failed()
}

/** Each line's records; the ordinal before them stays here. */
async function* own(file: string, waiting: string[]): AsyncGenerator<string> {
  const lines = createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  for await (const line of lines) {
    const [, person, records] = /^\{"person":(\d+),"records":(.*)\}$/.exec(line) ?? []
    if (person === undefined || records === undefined) throw failed()
    waiting.push(person)
    yield records
  }
}

function lineOf(script: PersonScript, person: string, values: readonly Cell[]): string {
  const named = script.fields.map((field, i) => [field.name, conform(field, values[i])] as const)
  return JSON.stringify({
    person_id: Number(person),
    ...Object.fromEntries(named.map(([name, value]) => [name, asJson(value)])),
  })
}

const asJson = (value: Cell): unknown => (typeof value === 'bigint' ? Number(value) : value)

const failed = (): Problem => new Problem('run-failed')
