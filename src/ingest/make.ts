import { mkdirSync, writeFileSync } from 'node:fs'
import type { Engine } from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'
import type { Sources } from './census.ts'
import type { TableReport } from './report.ts'
import { tableSteps } from './tables.ts'
import type { LoadView } from './view.ts'
import type { Work } from './work.ts'

/** Finished table files in `folder`, and what they hold. */
export type Made = Readonly<{
  folder: string
  persons: number
  patients: number
  optedOut: number
  unresolvedObjections: number
  rows: ReadonlyMap<string, number>
  tables: readonly TableReport[]
}>

export type Material = Readonly<{
  sources: Sources
  bases: readonly string[]
  /** Record id -> smallest id of its group. */
  linked: ReadonlyMap<string, string>
  /** Record ids that object although their Consent could not be read. */
  objections: readonly string[]
  folders: Readonly<{ read: readonly string[]; write: readonly string[] }>
  onProgress: (done: number, of: number) => void
}>

/** Runs the table statements in one child. Throws `load-failed` when the engine does. */
export async function makeTables(
  engine: Engine,
  request: Readonly<{
    dataset: string
    views: readonly LoadView[]
    dictionary: Dictionary
    signal?: AbortSignal
  }>,
  work: Work,
  material: Material,
): Promise<Made> {
  const folder = work.fresh('tables')
  mkdirSync(folder, { mode: 0o700 })
  const { dataset, views, dictionary, signal } = request
  const { sources, bases } = material
  const steps = tableSteps({
    dataset,
    sources,
    bases,
    views,
    dictionary,
    linked: lines(
      work.fresh('linked'),
      [...material.linked].map(([record, person]) => ({ record, person })),
    ),
    objections: lines(
      work.fresh('objections'),
      material.objections.map((record) => ({ record })),
    ),
    empty: lines(work.fresh('empty'), []),
    out: folder,
  })
  const answers = await failing(() =>
    engine.script({
      statements: steps.map((s) => s.sql),
      ...material.folders,
      ...(signal && { signal }),
      onProgress: material.onProgress,
    }),
  )
  const figures = steps.map((step, i) => ({ step, row: answers[i]?.rows[0]?.map(Number) ?? [] }))
  const of = (gives: 'persons' | 'opted-out'): number[] =>
    figures.find(({ step }) => step.gives === gives)?.row ?? []
  const rows = new Map(
    figures.flatMap(({ step, row }) =>
      step.gives === 'file' ? [[step.table, row[0] ?? 0] as const] : [],
    ),
  )
  const tables = figures.flatMap(({ step, row }): TableReport[] =>
    step.gives === 'quality'
      ? [
          {
            table: step.table,
            read: row[0] ?? 0,
            withoutPerson: row[1] ?? 0,
            outside: Object.fromEntries(step.columns.map((c, i) => [c, row[i + 2] ?? 0])),
            rows: rows.get(step.table) ?? 0,
          },
        ]
      : [],
  )
  const [persons = 0, patients = 0] = of('persons')
  const [optedOut = 0, unresolvedObjections = 0] = of('opted-out')
  return { folder, persons, patients, optedOut, unresolvedObjections, rows, tables }
}

function lines(path: string, values: readonly object[]): string {
  writeFileSync(path, values.map((v) => `${JSON.stringify(v)}\n`).join(''), { mode: 0o600 })
  return path
}

/** The engine's own failure says nothing of data; here it becomes a failure of the load. */
export async function failing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Problem && error.code === 'run-failed')
      throw new Problem('load-failed', {
        rule: 'engine-failed',
        ...error.facts,
        reason: 'The engine could not read what the scan accepted, or ran out of room.',
        fix: 'Check free disk space and memory, then load again.',
      })
    throw error
  }
}
