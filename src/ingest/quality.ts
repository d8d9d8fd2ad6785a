import type { TableSpec } from '../domain/dataset.ts'
import type { Cell } from '../domain/glass.ts'
import type { FullReport } from './report.ts'

/** One variable. Counts are exact and of rows that belong to a person. */
export type VariableQuality = Readonly<{
  column: string
  missing: number
  /** Values outside the public domain (range, list, codes, dates), which became missing; absent for open domains. */
  outside?: number
  /** Different values, for text only. */
  distinct?: number
}>
export type TableQuality = Readonly<{
  table: string
  rows: number
  /** Rows equal in every column to another one. */
  duplicates: number
  /** First and last day with a row, where the table has a time. */
  first?: string
  last?: string
  variables: readonly VariableQuality[]
}>

/**
 * What the data holder learns of one load, and nobody else: its figures are exact. The elements follow the technical quality of
 * Article 78: completeness (missing), uniqueness (duplicates), validity (outside), timeliness (last).
 */
export type QualityReport = Readonly<{
  dataset: string
  loadedAt: string
  persons: number
  lines: Readonly<{ read: number; accepted: number; quarantined: number; blank: number }>
  orphans: number
  tables: readonly TableQuality[]
}>

export function tableQuality(
  table: TableSpec,
  row: readonly Cell[],
  outside: Readonly<Record<string, number>>,
): TableQuality {
  const columns = table.columns.filter((c) => c.domain.kind !== 'person')
  const [rows, duplicates, first, last, ...cells] = row
  return {
    table: table.name,
    rows: Number(rows),
    duplicates: Number(duplicates),
    ...(typeof first === 'string' && { first }),
    ...(typeof last === 'string' && { last }),
    variables: columns.map(({ name }, i) => {
      const [missing, distinct] = [cells[2 * i], cells[2 * i + 1]]
      const bad = outside[name]
      return {
        column: name,
        missing: Number(missing) + (bad ?? 0),
        ...(bad !== undefined && { outside: bad }),
        ...(distinct !== null && distinct !== undefined && { distinct: Number(distinct) }),
      }
    }),
  }
}

export const qualityOf = (
  report: FullReport,
  tables: readonly TableQuality[],
  loadedAt: Date,
): QualityReport => ({
  dataset: report.dataset,
  loadedAt: loadedAt.toISOString(),
  persons: report.persons,
  lines: {
    read: report.read,
    accepted: report.accepted,
    quarantined: report.quarantined,
    blank: report.blank,
  },
  orphans: report.noticed['subject is not in the export'] ?? 0,
  tables,
})

export type Change = Readonly<{ place: string; what: string; before: number; after: number }>

/** What a steward should look at: a share of missing or outside values that moved by 5 points, or rows by a fifth. */
export function changes(before: QualityReport, after: QualityReport): readonly Change[] {
  const found: Change[] = []
  const note = (place: string, what: string, a: number, b: number, limit: number): void => {
    if (Math.abs(b - a) > limit) found.push({ place, what, before: a, after: b })
  }
  note(after.dataset, 'persons', before.persons, after.persons, before.persons / 5)
  for (const table of after.tables) {
    const was = before.tables.find((t) => t.table === table.table)
    if (was === undefined) continue
    note(table.table, 'rows', was.rows, table.rows, was.rows / 5)
    for (const variable of table.variables) {
      const old = was.variables.find((v) => v.column === variable.column)
      if (old === undefined) continue
      const place = `${table.table}.${variable.column}`
      for (const what of ['missing', 'outside'] as const)
        note(
          place,
          `${what} share`,
          share(old[what], was.rows),
          share(variable[what], table.rows),
          0.05,
        )
    }
  }
  return found
}

const share = (count: number | undefined, rows: number): number =>
  rows === 0 ? 0 : Math.round((1000 * (count ?? 0)) / rows) / 1000
