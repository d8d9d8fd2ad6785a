import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan } from '../../src/analysis/prove.ts'
import { conform, frameTable } from '../../src/analysis/scripted/frame.ts'
import type { Engine } from '../../src/domain/capabilities.ts'
import type { Aggregate, Cell } from '../../src/domain/glass.ts'
import type { Proven } from '../../src/domain/proven.ts'
import type { Field } from '../../src/domain/script.ts'
import { frameStatement } from '../../src/workspace/records.ts'
import type { Reference } from './references.ts'
import { scratch } from './snapshot.ts'

/** What a reference answers of each person, by SQL of ours over the workspace: ordinal and value. */
export async function referenceValues(
  engine: Engine,
  workspace: string,
  { sql }: Pick<Reference, 'sql'>,
): Promise<readonly (readonly [number, Cell])[]> {
  const answers = await engine.script({
    statements: [
      `ATTACH '${workspace}' AS ws (READ_ONLY)`,
      `SELECT person_id, value FROM (${sql}) ORDER BY 1`,
    ],
    read: [workspace],
    write: [],
  })
  return (answers[1]?.rows ?? []).map(([person, value]) => [Number(person), value ?? null])
}

/** The same question asked of a frame that holds these values: what a script's own frame must amount to. */
export async function askValues(
  engine: Engine,
  values: readonly (readonly [number, Cell])[],
  field: Field,
  proven: Proven,
): Promise<Aggregate> {
  const directory = scratch()
  const [file, database] = [join(directory, 'answers.ndjson'), join(directory, 'frame.duckdb')]
  const lines = values.map(([person, value]) =>
    JSON.stringify({ person_id: person, [field.name]: conform(field, value) }),
  )
  writeFileSync(file, `${lines.join('\n')}\n`)
  await engine.script({
    statements: [
      `ATTACH '${database}' AS ws`,
      'BEGIN',
      frameStatement(frameTable([field]), file),
      'COMMIT',
      'CHECKPOINT ws',
      'DETACH ws',
    ],
    read: [],
    write: [directory],
  })
  const rows = await engine.query({
    database,
    once: true,
    sql: proven.sql,
    check: (plan) => checkPlan(plan, proven),
  })
  return toAggregate(rows, proven)
}

/** Cells in an order that does not depend on how they were counted. */
export const sorted = ({ cells }: Aggregate): readonly string[] =>
  cells
    .map((it) =>
      JSON.stringify([it.labels, it.sums, it.persons], (_, v) =>
        typeof v === 'bigint' ? String(v) : v,
      ),
    )
    .toSorted()
