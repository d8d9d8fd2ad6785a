import { Problem } from '../domain/problem.ts'
import type { Export } from './inventory.ts'
import type { LineRules } from './line.ts'
import type { Place } from './report.ts'
import type { Drop, ScanResult } from './scan.ts'
import type { Scanner } from './scanning.ts'
import type { Work } from './work.ts'

export type Rules = (file: Export['files'][number]) => LineRules

/** More than this is no accident of a server but another kind of folder. */
const mostTwice = 1_000_000

/** A good line with an id that is in question. */
type Occurrence = Readonly<{ file: number; line: number; updated: string; generation: number }>

/**
 * Where an id occurs more than once in one type, one version stays: the latest `meta.lastUpdated`, the later export among
 * equals. What lost within one export is quarantined as a fault; what a later export replaced or deleted is superseded.
 * Answers the scans, those of the files concerned done again.
 */
export async function settleVersions(
  scanner: Scanner,
  work: Work,
  found: Export,
  scans: readonly ScanResult[],
  twice: ReadonlyMap<string, readonly string[]>,
  rules: Rules,
): Promise<readonly ScanResult[]> {
  const deletions = deletionsOf(found, scans)
  const drops = new Map<number, Drop[]>()
  for (const type of new Set([...twice.keys(), ...deletions.keys()])) {
    const gone = deletions.get(type) ?? new Map<string, number>()
    const ids = new Set([...(twice.get(type) ?? []), ...gone.keys()])
    if (ids.size === 0) continue
    if (ids.size > mostTwice)
      throw new Problem('load-failed', {
        rule: 'duplicate-ids',
        place: type,
        reason: 'The same ids occur again and again: this looks like two exports in one folder.',
        fix: 'Keep one export per folder.',
      })
    const byId = await occurrences(scanner, found, scans, type, [...ids], rules)
    for (const [id, all] of byId)
      for (const { file, ...drop } of losers(all, gone.get(id) ?? -1))
        drops.set(file, [...(drops.get(file) ?? []), drop])
  }
  const settled = [...scans]
  for (const [index, drop] of drops) {
    const file = found.files[index]
    if (file === undefined) continue
    settled[index] = await scanner.scan(
      {
        path: file.path,
        name: file.name,
        rules: rules(file),
        bases: found.bases,
        drop,
        clean: work.fresh(`${file.key}.settled`),
        quarantine: work.fresh(`${file.key}.settled`),
      },
      () => undefined,
    )
  }
  return settled
}

/** Type -> id -> the last generation that deleted it. */
function deletionsOf(
  found: Export,
  scans: readonly ScanResult[],
): Map<string, Map<string, number>> {
  const deletions = new Map<string, Map<string, number>>()
  for (const [index, scan] of scans.entries())
    for (const named of scan.deletions) {
      const [type = '', id = ''] = named.split('/')
      const ids = deletions.get(type) ?? new Map<string, number>()
      deletions.set(
        type,
        ids.set(id, Math.max(ids.get(id) ?? -1, found.files[index]?.generation ?? 0)),
      )
    }
  return deletions
}

/** Which versions of one resource are not loaded, given the last generation that deleted it (-1: none did). */
export function losers(
  versions: readonly Occurrence[],
  deletedIn: number,
): readonly (Drop & Readonly<{ file: number }>)[] {
  const living = versions.filter((v) => v.generation > deletedIn)
  const better = (a: Occurrence, b: Occurrence): Occurrence =>
    b.updated > a.updated || (b.updated === a.updated && b.generation > a.generation) ? b : a
  const winner = living.length > 0 ? living.reduce(better) : undefined
  const bestOf = (generation: number): Occurrence =>
    versions.filter((v) => v.generation === generation).reduce(better)
  return versions
    .filter((v) => v !== winner)
    .map((v) => {
      const ended = v.generation <= deletedIn ? 'deleted' : 'superseded'
      return { file: v.file, line: v.line, why: v === bestOf(v.generation) ? ended : 'twice' }
    })
}

async function occurrences(
  scanner: Scanner,
  found: Export,
  scans: readonly ScanResult[],
  type: string,
  ids: readonly string[],
  rules: Rules,
): Promise<ReadonlyMap<string, readonly Occurrence[]>> {
  const byId = new Map<string, Occurrence[]>()
  for (const [index, scan] of scans.entries()) {
    const file = found.files[index]
    if (file === undefined || scan.types[type] === undefined) continue
    const { path, generation } = file
    const traced = await scanner.trace({ path, type, rules: rules(file), ids, subjects: [] })
    for (const { id, line, updated } of traced.ids)
      byId.set(id, [...(byId.get(id) ?? []), { file: index, line, updated, generation }])
  }
  return byId
}

/** File and line of resources whose subject is a Patient that the export does not hold. */
export async function traceOrphans(
  scanner: Scanner,
  found: Export,
  scans: readonly ScanResult[],
  orphans: ReadonlyMap<string, readonly string[]>,
  rules: Rules,
): Promise<Place[]> {
  const places: Place[] = []
  for (const [type, subjects] of orphans)
    for (const [index, scan] of scans.entries()) {
      const file = found.files[index]
      if (subjects.length === 0 || file === undefined || scan.types[type] === undefined) continue
      const { path } = file
      const traced = await scanner.trace({ path, type, rules: rules(file), ids: [], subjects })
      for (const line of traced.subjects)
        places.push({ file: scan.name, line, reason: 'subject is not in the export' })
    }
  return places
}
