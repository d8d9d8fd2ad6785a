import { mkdirSync, writeFileSync } from 'node:fs'
import type { Engine } from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'
import type { Folders, Sources } from './census.ts'
import { type TableQuality, tableQuality } from './quality.ts'
import type { TableReport } from './report.ts'
import { type Step, tableSteps } from './tables.ts'
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
  quality: readonly TableQuality[]
}>

export type Material = Readonly<{
  sources: Sources
  bases: readonly string[]
  /** Record id -> smallest id of its group. */
  linked: ReadonlyMap<string, string>
  /** Record ids that object although their Consent could not be read. */
  objections: readonly string[]
  folders: Folders
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
  const answers = await failing(
    () =>
      engine.script({
        statements: steps.map((s) => s.sql),
        ...material.folders,
        ...(signal && { signal }),
        onProgress: material.onProgress,
      }),
    steps,
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
  const quality = steps.flatMap((step, i): TableQuality[] => {
    if (step.gives !== 'profile') return []
    const outside = tables.find((t) => t.table === step.table.name)?.outside ?? {}
    return [tableQuality(step.table, answers[i]?.rows[0] ?? [], outside)]
  })
  const [persons = 0, patients = 0] = of('persons')
  const [optedOut = 0, unresolvedObjections = 0] = of('opted-out')
  return { folder, persons, patients, optedOut, unresolvedObjections, rows, tables, quality }
}

function lines(path: string, values: readonly object[]): string {
  writeFileSync(path, values.map((v) => `${JSON.stringify(v)}\n`).join(''), { mode: 0o600 })
  return path
}

/** The engine's own failure says nothing of data; here it becomes a failure of the load, with the table it came to. */
export async function failing<T>(work: () => Promise<T>, steps: readonly Step[] = []): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'run-failed')) throw error
    const step = steps
      .slice(Number(error.facts['statement'] ?? steps.length))
      .find((s) => 'table' in s)
    const table = step !== undefined && 'table' in step ? step.table : undefined
    const place = typeof table === 'string' ? table : table?.name
    throw new Problem('load-failed', {
      rule: 'engine-failed',
      ...error.facts,
      ...(place !== undefined && { place }),
      reason:
        'The engine could not make this table: a view met what it does not allow (two values where it says one), or room ran out.',
      fix: 'Check the view of this table, free disk space and memory, then load again.',
    })
  }
}
