import { Problem } from '../domain/problem.ts'
import type { Export } from './inventory.ts'
import type { LineRules } from './line.ts'
import type { Place } from './report.ts'
import type { ScanResult } from './scan.ts'
import type { Scanner } from './scanning.ts'
import type { Work } from './work.ts'

type Rules = (type: string | undefined) => LineRules

/** More than this is no accident of a server but another kind of file. */
const mostTwice = 100_000

/**
 * Where an id occurs more than once in one type, the version with the latest `meta.lastUpdated` stays, the first one among
 * equals; the others are quarantined. Answers the scans, those of the files concerned done again.
 */
export async function settleDuplicates(
  scanner: Scanner,
  work: Work,
  found: Export,
  scans: readonly ScanResult[],
  twice: ReadonlyMap<string, readonly string[]>,
  rules: Rules,
  bases: readonly string[],
): Promise<readonly ScanResult[]> {
  const losers = new Map<number, number[]>()
  for (const [type, ids] of twice) {
    if (ids.length === 0) continue
    if (ids.length > mostTwice)
      throw new Problem('load-failed', {
        rule: 'duplicate-ids',
        place: type,
        reason: 'The same ids occur again and again: this looks like two exports in one folder.',
        fix: 'Keep one export per folder.',
      })
    for (const [file, lines] of await losing(scanner, found, scans, type, ids, rules))
      losers.set(file, [...(losers.get(file) ?? []), ...lines])
  }
  const settled = [...scans]
  for (const [index, drop] of losers) {
    const file = found.files[index]
    if (file === undefined) continue
    settled[index] = await scanner.scan(
      {
        path: file.path,
        name: file.name,
        rules: rules(file.type),
        bases,
        drop,
        clean: work.fresh(`${file.name}.settled`),
        quarantine: work.fresh(`${file.name}.quarantine`),
      },
      () => undefined,
    )
  }
  return settled
}

async function losing(
  scanner: Scanner,
  found: Export,
  scans: readonly ScanResult[],
  type: string,
  ids: readonly string[],
  rules: Rules,
): Promise<Map<number, number[]>> {
  const best = new Map<string, { file: number; line: number; updated: string }>()
  const lost = new Map<number, number[]>()
  const lose = (file: number, line: number): void => {
    lost.set(file, [...(lost.get(file) ?? []), line])
  }
  for (const [index, scan] of scans.entries()) {
    const path = found.files[index]?.path
    if (path === undefined || scan.types[type] === undefined) continue
    const traced = await scanner.trace({
      path,
      type,
      rules: rules(found.files[index]?.type),
      ids,
      subjects: [],
    })
    for (const { line, id, updated } of traced.ids) {
      const other = best.get(id)
      if (other === undefined || updated > other.updated) {
        if (other !== undefined) lose(other.file, other.line)
        best.set(id, { file: index, line, updated })
      } else lose(index, line)
    }
  }
  return lost
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
      const path = found.files[index]?.path
      if (subjects.length === 0 || path === undefined || scan.types[type] === undefined) continue
      const { subjects: lines } = await scanner.trace({
        path,
        type,
        rules: rules(found.files[index]?.type),
        ids: [],
        subjects,
      })
      for (const line of lines)
        places.push({ file: scan.name, line, reason: 'subject is not in the export' })
    }
  return places
}
