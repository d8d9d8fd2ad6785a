import { createHash } from 'node:crypto'
import { judge, type LineRules } from './line.ts'
import { linesOf, type RawLine, withoutMark } from './lines.ts'
import { faultOf, type GzipFault, open, openDamaged } from './source.ts'
import { type Clean, cleanFiles, type Quarantine, quarantine } from './spool.ts'
import { longestLine } from './sql.ts'
import { referenceOf } from './subject.ts'

/** One file for the scan child. Plain data. */
export type ScanJob = Readonly<{
  /** Absolute path, and the name that reports show. */
  path: string
  name: string
  rules: LineRules
  /** Base URLs of the server that wrote the export: absolute references below them are its own. */
  bases: readonly string[]
  /** Good lines that are not loaded, and why: another version of the same resource won, or it was deleted. */
  drop: readonly Drop[]
  /** Path prefixes below which clean copies and quarantined lines are written. */
  clean: string
  quarantine: string
}>

/** `twice` within one export is a fault and quarantined; the others are what updates are for. */
export type Drop = Readonly<{ line: number; why: 'twice' | 'superseded' | 'deleted' }>

export type Told = Readonly<{ line: number; reason: string }>
export type ScanResult = Readonly<{
  name: string
  read: number
  accepted: number
  quarantined: number
  blank: number
  bytes: number
  /** Of the accepted ones, how many a later export replaced or deleted. */
  superseded: number
  deleted: number
  /** Lines to be loaded, by resource type. */
  types: Readonly<Record<string, number>>
  /** Files to load by type: the original where every line is good, else clean copies. */
  load: readonly Readonly<{ type: string; path: string }>[]
  /** Prefix of the quarantine's two files; absent when nothing was set aside. */
  aside?: string
  /** At most `mostTold` of each; the quarantine's index has all. */
  faults: readonly Told[]
  notices: readonly Told[]
  noticed: Readonly<Record<string, number>>
  /** What the file says was deleted, as `Type/id`. */
  deletions: readonly string[]
  /** Patient ids named by Consent lines that could not be read: they count as objections. */
  objections: readonly string[]
  /** Consent lines that name nobody: then nobody's objection is safe, and the load must stop. */
  unreadableConsents: readonly number[]
}>

export const mostTold = 10_000

type Tally = {
  read: number
  accepted: number
  quarantined: number
  blank: number
  bytes: number
  superseded: number
  deleted: number
  types: Record<string, number>
  deletions: string[]
  faults: Told[]
  notices: Told[]
  noticed: Record<string, number>
  objections: string[]
  unreadableConsents: number[]
}

/**
 * Reads one file byte by byte and says of every line what it is: read = accepted + quarantined + blank. A file without
 * fault is loaded where it lies; of any other the good lines are copied, the bad ones set aside unread.
 */
export async function scan(job: ScanJob, progress: (bytes: number) => void): Promise<ScanResult> {
  const gz = job.path.endsWith('.gz')
  try {
    return await pass(job, open(job.path, gz), progress, undefined)
  } catch (error) {
    const fault = gz ? faultOf(error) : undefined
    if (fault === undefined) throw error
    return pass(job, openDamaged(job.path, fault), progress, fault)
  }
}

const nothing = (): Tally => ({
  read: 0,
  accepted: 0,
  quarantined: 0,
  blank: 0,
  bytes: 0,
  superseded: 0,
  deleted: 0,
  types: {},
  deletions: [],
  faults: [],
  notices: [],
  noticed: {},
  objections: [],
  unreadableConsents: [],
})

async function pass(
  job: ScanJob,
  source: AsyncIterable<Buffer>,
  progress: (bytes: number) => void,
  damaged: GzipFault | undefined,
): Promise<ScanResult> {
  const tally = nothing()
  const drop = new Map(job.drop.map((d) => [d.line, d.why]))
  const { type } = job.rules
  const aside = quarantine(job.quarantine, job.name)
  let clean = job.path.endsWith('.gz') || type === undefined ? cleanFiles(job.clean) : undefined
  try {
    for await (const batch of linesOf(source, longestLine, aside.piece)) {
      for (const raw of batch) {
        let line = raw
        if (raw.number === 1 && raw.bytes !== undefined) {
          line = { ...raw, bytes: withoutMark(raw.bytes) }
          if (line.bytes !== raw.bytes) {
            notice(tally, 1, 'byte order mark')
            clean ??= cleanFiles(job.clean)
          }
        }
        if (take(line, tally, job, drop, clean, aside) || clean !== undefined) continue
        // The first line that may not be loaded: what came before it was good, and is copied as it lies.
        clean = cleanFiles(job.clean)
        if (line.offset > 0 && tally.types[type ?? ''] !== undefined)
          clean.copy(type ?? '', job.path, line.offset)
      }
      tally.bytes = batch.at(-1)?.offset ?? tally.bytes
      progress(tally.bytes)
    }
  } finally {
    clean?.close()
    aside.close()
  }
  if (damaged !== undefined) notice(tally, Math.max(1, tally.read), damaged)
  const load = Object.keys(tally.types).map((t) => ({ type: t, path: clean?.path(t) ?? job.path }))
  return { name: job.name, ...tally, load, ...(tally.quarantined > 0 && { aside: job.quarantine }) }
}

/** Judges one line and puts it where it belongs. Answers whether it may stay in the file that is loaded. */
function take(
  line: RawLine,
  tally: Tally,
  job: ScanJob,
  drop: ReadonlyMap<number, Drop['why']>,
  clean: Clean | undefined,
  aside: Quarantine,
): boolean {
  tally.read += 1
  const { number, bytes } = line
  if (bytes === undefined) return refuse('longer than 32 MiB')
  const verdict = judge(bytes, job.rules)
  if (verdict.kind === 'blank') {
    tally.blank += 1
    return true
  }
  if (verdict.kind === 'bad') return refuse(verdict.reason)
  if (job.rules.deletions === true) {
    tally.accepted += 1
    tally.deletions.push(...deletionsIn(verdict.resource))
    return true
  }
  const why = drop.get(number)
  if (why === 'twice') return refuse('the same id twice')
  if (why !== undefined) {
    tally.accepted += 1
    tally[why] += 1
    return false
  }
  for (const reason of verdict.notices) notice(tally, number, reason)
  if (bytes.at(-1) === 13 && tally.noticed['CRLF line end'] === undefined)
    notice(tally, number, 'CRLF line end')
  const reference = referenceOf(verdict.resource)
  const odd = reference === undefined ? undefined : oddity(reference, job.bases)
  if (odd !== undefined) notice(tally, number, odd)
  tally.accepted += 1
  tally.types[verdict.type] = (tally.types[verdict.type] ?? 0) + 1
  clean?.line(verdict.type, bytes)
  return true

  function refuse(reason: string): false {
    tally.quarantined += 1
    if (tally.faults.length < mostTold) tally.faults.push({ line: number, reason })
    if (reason !== 'another resource type than the file says') objection(line, tally, job)
    aside.line({
      line: number,
      offset: line.offset,
      length: line.length,
      sha256:
        line.sha256 ??
        createHash('sha256')
          .update(bytes ?? '')
          .digest('hex'),
      reason,
      ...(bytes && { bytes }),
    })
    return false
  }
}

function notice(tally: Tally, line: number, reason: string): void {
  tally.noticed[reason] = (tally.noticed[reason] ?? 0) + 1
  if (tally.notices.length < mostTold) tally.notices.push({ line, reason })
}

/** A Consent that cannot be read might be an objection: whoever it names is taken to object (71(3), fail closed). */
function objection({ bytes, number }: RawLine, tally: Tally, job: ScanJob): void {
  if (job.rules.type !== undefined && job.rules.type !== 'Consent') return
  const text = bytes?.toString('latin1') ?? ''
  if (job.rules.type === undefined && !text.includes('"Consent"')) return
  const ids = [...text.matchAll(/Patient\/([A-Za-z0-9.-]{1,64})/g)].map(([, id = '']) => id)
  if (ids.length === 0) tally.unreadableConsents.push(number)
  tally.objections.push(...ids)
}

/** Entries of a transaction Bundle whose request is a DELETE: Bulk Data 2.0, `deleted`. */
function deletionsIn(bundle: Readonly<Record<string, unknown>>): string[] {
  const entries = Array.isArray(bundle['entry']) ? (bundle['entry'] as unknown[]) : []
  return entries.flatMap((entry) => {
    const { method, url } =
      (entry as { request?: { method?: unknown; url?: unknown } } | null)?.request ?? {}
    const named =
      typeof url === 'string'
        ? /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})$/.exec(url)?.[1]
        : undefined
    return method === 'DELETE' && named !== undefined ? [named] : []
  })
}

/** Why a subject can be nobody of this export; undefined where it may be somebody. */
function oddity(reference: string, bases: readonly string[]): string | undefined {
  const base = bases.find((b) => reference.startsWith(`${b}/`))
  const local = base === undefined ? reference : reference.slice(base.length + 1)
  if (/^Patient\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.test(local))
    return undefined
  if (local.startsWith('#')) return 'subject is a contained resource'
  if (local.startsWith('urn:')) return 'subject is a urn'
  if (/^https?:/.test(local)) return 'subject is on another server'
  return 'subject is not a Patient'
}
