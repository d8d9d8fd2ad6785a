import { existsSync, linkSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock, Engine, Jail, Random } from '../domain/capabilities.ts'
import type { Dictionary, Snapshot } from '../domain/dataset.ts'
import { digestOf } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import { census, type Sources, ties } from './census.ts'
import { type Rules, settleVersions, traceOrphans } from './conflict.ts'
import { type Export, inventory } from './inventory.ts'
import { failing, type Made, makeTables } from './make.ts'
import { groups } from './person.ts'
import { type Progress, progressOf } from './progress.ts'
import { manifestOf, publish } from './publish.ts'
import { type QualityReport, qualityOf } from './quality.ts'
import { shapesOf } from './reads.ts'
import { type FullReport, type Place, tally } from './report.ts'
import type { ScanResult } from './scan.ts'
import { startScanner } from './scanning.ts'
import { sealFolder } from './vault.ts'
import type { LoadView } from './view.ts'
import { startWork, type Work } from './work.ts'

export type LoadCapabilities = Readonly<{
  engine: Engine
  jail: Jail
  clock: Clock
  random: Random
}>
export type LoadRequest = Readonly<{
  /** Lower-case name of the data holder's site; part of every person key. */
  dataset: string
  /** Folder of a full export. */
  directory: string
  /** Folders of later exports (`_since`) on top of it, oldest first; their versions and deletions win. */
  since?: readonly string[]
  views: readonly LoadView[]
  dictionary: Dictionary
  /** Folder of snapshots; the data directory, owner-only. */
  out: string
  /** Base URLs of the server, beside the one that the manifest names. */
  bases?: readonly string[]
  /** 32 bytes, the key-encryption key: snapshot and quarantine are sealed under it. Absent: they lie in the clear. */
  kek?: Uint8Array
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}>

/**
 * Turns one FHIR R4 bulk export into an immutable snapshot: every line of every file is accepted, quarantined with its
 * reason, or blank; nothing of a load that fails is ever visible. Equal exports give equal digests.
 * Throws `load-failed` (rule, file, reason) and `view-invalid`; the snapshot before stays as it is.
 */
export async function load(
  capabilities: LoadCapabilities,
  request: LoadRequest,
): Promise<Readonly<{ snapshot: Snapshot; report: FullReport; quality: QualityReport }>> {
  return working(capabilities, request, async (work) => {
    const made = await prepare(capabilities, request, work)
    const { dataset, dictionary, out } = request
    const manifest = await manifestOf(made.folder, { dataset, dictionary, ...made }, made.rows)
    const now = capabilities.clock.now()
    const { kek } = request
    const quarantine = keepQuarantine(
      made.scans,
      work.fresh('quarantine'),
      join(out, 'quarantine', `${dataset}-${now.getTime()}`),
      kek,
    )
    if (kek !== undefined) sealFolder(made.folder, kek)
    const snapshot = publish(made.folder, out, manifest, now)
    // The same content may have been published before, in the clear.
    if (kek !== undefined) sealFolder(snapshot.path, kek)
    return {
      snapshot,
      report: { ...made.report, ...(quarantine && { quarantine }) },
      quality: qualityOf(made.report, made.quality, now),
    }
  })
}

/** The same work, and nothing published: what `--dry-run` says. Quarantined lines are not kept either. */
export async function rehearse(
  capabilities: LoadCapabilities,
  request: LoadRequest,
): Promise<Readonly<{ report: FullReport; quality: QualityReport }>> {
  return working(capabilities, request, async (work) => {
    const { report, quality } = await prepare(capabilities, request, work)
    return { report, quality: qualityOf(report, quality, capabilities.clock.now()) }
  })
}

async function working<T>(
  { random }: LoadCapabilities,
  request: LoadRequest,
  act: (work: Work) => Promise<T>,
): Promise<T> {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(request.dataset))
    throw new Problem('load-failed', {
      rule: 'dataset-name',
      reason: 'A dataset is named by lower-case letters, digits and hyphens.',
    })
  mkdirSync(request.out, { recursive: true, mode: 0o700 })
  const plan = digestOf([foldersOf(request), request.bases ?? [], shapesOf(request.views)])
  const work = startWork(request.out, request.dataset, plan, random.id('load'))
  let aborted = true
  try {
    const answer = await act(work)
    aborted = false
    return answer
  } catch (error) {
    // A refusal is final; a load that was stopped may be taken up again.
    aborted = request.signal?.aborted === true
    throw error
  } finally {
    work.end(aborted)
  }
}

async function prepare(
  { engine, jail }: LoadCapabilities,
  request: LoadRequest,
  work: Work,
): Promise<Made & Readonly<{ report: FullReport; scans: readonly ScanResult[] }>> {
  const { signal } = request
  const listed = inventory(foldersOf(request))
  const bases = [...new Set([...listed.bases, ...(request.bases ?? [])])]
  const found = { ...listed, bases }
  const folders = { read: foldersOf(request), write: [work.folder], memoryMiB: engineMiB }
  const rules = rulesOf(request)
  const progress = progressOf(found.files, request.onProgress)
  const scanner = startScanner(jail, { read: folders.read, write: work.folder }, signal)
  try {
    const scans = await scanAll(found, work, rules, scanner, progress)
    refuseUnreadableConsents(scans)
    progress.phase('check')
    const seen = await failing(() => census(engine, sourcesOf(scans), folders, signal))
    reconcile(scans, seen.counts)
    const settled = await settleVersions(scanner, work, found, scans, seen.twice, rules)
    const tied = await failing(() => ties(engine, sourcesOf(settled), bases, folders, signal))
    const orphans = await traceOrphans(scanner, found, settled, tied.orphans, rules)
    scanner.stop()
    progress.phase('tables')
    const linked = groups(tied.links)
    const made = await makeTables(engine, request, work, {
      sources: sourcesOf(settled),
      bases,
      linked,
      objections: settled.flatMap((s) => s.objections),
      folders,
      onProgress: progress.tables,
    })
    const report = reportOf(request, found, settled, orphans, made, linked.size)
    return { ...made, report, scans: settled }
  } finally {
    scanner.stop()
  }
}

/** Sorting spills beyond this, so that the child stays below 512 MiB whatever the size of the export. */
const engineMiB = 256

const foldersOf = ({ directory, since = [] }: LoadRequest): readonly string[] => [
  directory,
  ...since,
]

function rulesOf(request: LoadRequest): Rules {
  const shapes = shapesOf(request.views)
  return ({ type, deletions }) => ({ type, shapes, ...(deletions && { deletions }) })
}

async function scanAll(
  found: Export,
  work: Work,
  rules: Rules,
  scanner: ReturnType<typeof startScanner>,
  progress: ReturnType<typeof progressOf>,
): Promise<ScanResult[]> {
  const scans: ScanResult[] = []
  for (const file of found.files) {
    const known = work.recall(file)
    const result =
      known ??
      (await scanner.scan(
        {
          path: file.path,
          name: file.name,
          rules: rules(file),
          bases: found.bases,
          drop: [],
          clean: work.fresh(`${file.key}.clean`),
          quarantine: work.fresh(`${file.key}.quarantine`),
        },
        (bytes) => progress.file(file, bytes),
      ))
    if (known === undefined) work.remember(file, result)
    progress.finished(file, result)
    scans.push(result)
  }
  return scans
}

/** Clean files by type; a type is there when at least one good line is. */
function sourcesOf(scans: readonly ScanResult[]): Sources {
  const sources = new Map<string, string[]>()
  for (const { type, path } of scans.flatMap((s) => s.load))
    sources.set(type, [...(sources.get(type) ?? []), path])
  if (!sources.has('Patient'))
    throw new Problem('load-failed', {
      rule: 'no-patients',
      reason: 'The export holds no readable Patient, so no row could belong to anybody.',
      fix: 'Export Patient together with the other types.',
    })
  return sources
}

function refuseUnreadableConsents(scans: readonly ScanResult[]): void {
  for (const { name, unreadableConsents } of scans)
    if (unreadableConsents.length > 0)
      throw new Problem('load-failed', {
        rule: 'consent-unreadable',
        place: `${name}:${unreadableConsents[0]}`,
        reason:
          'A Consent that names nobody readable may be an objection that would be lost (Article 71).',
        fix: 'Correct that line at the source, and export again.',
      })
}

/** The engine must see exactly the lines that the scan accepted. */
function reconcile(scans: readonly ScanResult[], counts: ReadonlyMap<string, number>): void {
  const { types } = tally(scans, [])
  for (const [type, accepted] of Object.entries(types))
    if (counts.get(type) !== accepted)
      throw new Problem('load-failed', {
        rule: 'not-reconciled',
        place: type,
        reason: 'The engine read another number of lines than the scan accepted.',
        fix: 'Load again; if it repeats, report it: a line would be lost.',
      })
}

/**
 * Moves quarantined lines to where the data holder finds them, by one rename, sealed where there is a key. Answers the
 * folder, or undefined when there are none.
 */
function keepQuarantine(
  scans: readonly ScanResult[],
  collected: string,
  folder: string,
  kek: Uint8Array | undefined,
): string | undefined {
  const aside = scans.flatMap(({ name, aside }) => (aside === undefined ? [] : [{ name, aside }]))
  if (aside.length === 0) return undefined
  mkdirSync(collected, { mode: 0o700 })
  // A link, not a move: a load killed after this must still find what its finished scans set aside.
  for (const { name, aside: prefix } of aside)
    for (const part of ['raw', 'index.ndjson'])
      linkSync(`${prefix}.${part}`, join(collected, `${name.replaceAll('/', '.')}.${part}`))
  if (kek !== undefined) sealFolder(collected, kek)
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
  let free = folder
  for (let n = 2; existsSync(free); n++) free = `${folder}-${n}`
  renameSync(collected, free)
  return free
}

function reportOf(
  { dataset }: LoadRequest,
  found: Export,
  scans: readonly ScanResult[],
  orphans: readonly Place[],
  made: Made,
  linkedRecords: number,
): FullReport {
  const differing = scans.flatMap((s, i): Place[] => {
    const count = found.files[i]?.count
    return count === undefined || count === s.read - s.blank
      ? []
      : [{ file: s.name, line: s.read, reason: 'another count than the manifest says' }]
  })
  return {
    dataset,
    ...tally(scans, [...orphans, ...differing]),
    persons: made.persons,
    optedOut: made.optedOut,
    patients: made.patients,
    linkedRecords,
    unresolvedObjections: made.unresolvedObjections,
    tables: made.tables,
  }
}
