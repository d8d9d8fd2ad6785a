import type { LoadReport } from '../domain/dataset.ts'
import type { ScanResult, Told } from './scan.ts'

/** What happened to one table: rows read by its view, rows of nobody, values outside their domain (now NULL), rows kept. */
export type TableReport = Readonly<{
  table: string
  read: number
  withoutPerson: number
  outside: Readonly<Record<string, number>>
  rows: number
}>

export type Place = Readonly<{ file: string; line: number; reason: string }>

/** The whole report of a load, for the data holder only: its figures are exact. */
export type FullReport = LoadReport &
  Readonly<{
    /** Lines that were loaded and deserve a look: partial dates, orphan references, byte order marks. */
    notices: readonly Place[]
    /** How often each notice occurred; the lists are cut at `mostShown`. */
    noticed: Readonly<Record<string, number>>
    /** Of the accepted ones, how many a later export replaced or deleted. */
    superseded: number
    deleted: number
    /** Resources loaded, by type. */
    types: Readonly<Record<string, number>>
    patients: number
    linkedRecords: number
    /** Objections that name no Patient of the export. */
    unresolvedObjections: number
    tables: readonly TableReport[]
    /** Folder of the quarantined lines, owner-only; absent when there are none. */
    quarantine?: string
  }>

export const mostShown = 10_000

/** Adds up the files. `extra` are notices that only the whole export shows. */
export function tally(
  scans: readonly ScanResult[],
  extra: readonly Place[],
): Pick<
  FullReport,
  | 'read'
  | 'accepted'
  | 'quarantined'
  | 'blank'
  | 'superseded'
  | 'deleted'
  | 'reasons'
  | 'files'
  | 'notices'
  | 'noticed'
  | 'types'
> {
  const sum = (
    key: 'read' | 'accepted' | 'quarantined' | 'blank' | 'superseded' | 'deleted',
  ): number => scans.reduce((total, s) => total + s[key], 0)
  const placed = (pick: (s: ScanResult) => readonly Told[]): Place[] =>
    scans.flatMap((s) => pick(s).map((t) => ({ file: s.name, ...t })))
  return {
    read: sum('read'),
    accepted: sum('accepted'),
    quarantined: sum('quarantined'),
    blank: sum('blank'),
    superseded: sum('superseded'),
    deleted: sum('deleted'),
    reasons: placed((s) => s.faults).slice(0, mostShown),
    notices: [...placed((s) => s.notices), ...extra].slice(0, mostShown),
    noticed: added([...scans.map((s) => s.noticed), ...extra.map((e) => ({ [e.reason]: 1 }))]),
    types: added(scans.map((s) => s.types)),
    files: scans.map(({ name, read, accepted, quarantined, blank }) => ({
      file: name,
      read,
      accepted,
      quarantined,
      blank,
    })),
  }
}

function added(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const count of counts)
    for (const [key, n] of Object.entries(count)) sum[key] = (sum[key] ?? 0) + n
  return Object.fromEntries(Object.entries(sum).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
