import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../domain/capabilities.ts'
import { Problem } from '../../domain/problem.ts'
import { type BackendClient, backendTokens } from './auth.ts'
import { download, type Wanted } from './download.ts'
import { type BulkManifest, completion, type ExportAsked, kickOff, requireR4 } from './job.ts'
import { patient, refused, requireTls, type Wire } from './server.ts'

export type FetchCapabilities = Readonly<{
  clock: Clock
  wait(ms: number, signal?: AbortSignal): Promise<void>
}>
export type FetchRequest = ExportAsked &
  Readonly<{
    /** Folder to fill; what an interrupted run left in it is taken up. */
    into: string
    client?: BackendClient
    onProgress?: (
      progress: Readonly<{
        phase: 'waiting' | 'download'
        file?: string
        bytes?: number
        said?: string
      }>,
    ) => void
    signal?: AbortSignal
  }>

/**
 * Fetches a bulk export (FHIR Bulk Data Access 2.0) into a folder that `load` reads: kick-off, polling, streaming download, resume.
 * Answers the server's transaction time, the `since` of the next export. Throws `load-failed`; the folder keeps what is
 * complete.
 */
export async function fetchExport(
  { clock, wait }: FetchCapabilities,
  request: FetchRequest,
): Promise<Readonly<{ directory: string; transactionTime: string; files: number }>> {
  requireTls(request.base)
  const tokens = request.client && backendTokens(request.client, () => clock.now().getTime())
  const wire: Wire = {
    now: () => clock.now().getTime(),
    wait,
    token: async (renew) => tokens?.(renew),
    ...(request.signal && { signal: request.signal }),
  }
  const { into } = request
  mkdirSync(into, { recursive: true, mode: 0o700 })
  const { status, manifest } = await completed(wire, request)
  const files = await fetchAll(wire, request, status, manifest)
  writeFileSync(
    join(into, 'manifest.json'),
    `${JSON.stringify(localManifest(manifest), null, 2)}\n`,
    { mode: 0o600 },
  )
  rmSync(join(into, 'export.json'))
  // The server may forget the export now; whether it does is its own affair.
  await patient(wire, status, { method: 'DELETE', withToken: true }).catch(() => undefined)
  return { directory: into, transactionTime: manifest.transactionTime, files }
}

/** The export of an interrupted run, when the server still has it; else a new one. */
async function completed(
  wire: Wire,
  request: FetchRequest,
): Promise<{ status: string; manifest: BulkManifest }> {
  const note = join(request.into, 'export.json')
  const asked = JSON.stringify([request.base, request.types, request.since, request.group])
  const tell = (said: string): void => request.onProgress?.({ phase: 'waiting', said })
  const earlier = noted(note, asked)
  if (earlier !== undefined)
    try {
      return { status: earlier, manifest: await completion(wire, earlier, tell) }
    } catch (error) {
      if (!(error instanceof Problem && error.facts.rule === 'export-expired')) throw error
    }
  await requireR4(wire, request.base)
  const status = await kickOff(wire, request)
  clear(request.into)
  writeFileSync(note, JSON.stringify({ asked, status }), { mode: 0o600 })
  return { status, manifest: await completion(wire, status, tell) }
}

function noted(path: string, asked: string): string | undefined {
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as { asked?: unknown; status?: unknown }
    return note.asked === asked && typeof note.status === 'string' ? note.status : undefined
  } catch {
    return undefined
  }
}

/** Files of another export must not mix with this one's. Only names that this module gives are removed. */
function clear(folder: string): void {
  for (const name of readdirSync(folder))
    if (/^(?:(?:deleted\.)?[A-Za-z]{1,64}\.\d{3,}\.ndjson(?:\.part)?|manifest\.json)$/.test(name))
      rmSync(join(folder, name))
}

async function fetchAll(
  wire: Wire,
  request: FetchRequest,
  status: string,
  first: BulkManifest,
): Promise<number> {
  let manifest = first
  const total = namesOf(manifest).length
  for (let index = 0, renewed = false; index < total; index++) {
    const wanted = wantedAt(manifest, index, request)
    const file = wanted.path.split('/').at(-1) ?? ''
    const outcome = await download(wire, wanted, (bytes) =>
      request.onProgress?.({ phase: 'download', file, bytes }),
    )
    if (outcome === 'complete') {
      renewed = false
      continue
    }
    if (renewed)
      throw refused(
        'link-expired',
        'A download link is dead, and so is its renewal.',
        'Start the export again.',
        file,
      )
    // Signed links age while large files travel: the status endpoint gives fresh ones.
    manifest = await completion(wire, status, () => undefined)
    if (namesOf(manifest).length !== total)
      throw refused(
        'export-changed',
        'The server changed the export while it was fetched.',
        'Start the export again.',
      )
    renewed = true
    index -= 1
  }
  return total
}

type Part = Readonly<{ name: string; url: string; type: string; count?: number; deleted: boolean }>

function namesOf(manifest: BulkManifest): readonly Part[] {
  const name = (type: string, index: number): string => {
    if (!/^[A-Za-z]{1,64}$/.test(type))
      throw refused(
        'export-failed',
        'The manifest names no resource type.',
        'Ask the operator of the server.',
      )
    return `${type}.${String(index).padStart(3, '0')}.ndjson`
  }
  const part = (o: BulkManifest['output'][number], i: number, deleted: boolean): Part => ({
    name: deleted ? `deleted.${name(o.type, i)}` : name(o.type, i),
    url: o.url,
    type: o.type,
    deleted,
    ...(o.count !== undefined && { count: o.count }),
  })
  return [
    ...manifest.output.map((o, i) => part(o, i, false)),
    ...manifest.deleted.map((o, i) => part(o, i, true)),
  ]
}

function wantedAt(manifest: BulkManifest, index: number, request: FetchRequest): Wanted {
  const part = namesOf(manifest)[index]
  if (part === undefined) throw new Error('index beyond the manifest')
  const url = requireTls(new URL(part.url, request.base).href)
  return {
    url: url.href,
    path: join(request.into, part.name),
    // The token is for the FHIR server; a link to another host carries its own permission.
    withToken: manifest.requiresAccessToken && url.origin === new URL(request.base).origin,
    ...(part.count !== undefined && { count: part.count }),
  }
}

/** The manifest as it describes the folder. */
function localManifest(manifest: BulkManifest) {
  const parts = namesOf(manifest)
  const local = (p: Part) => ({
    type: p.type,
    url: p.name,
    ...(p.count !== undefined && { count: p.count }),
  })
  return {
    transactionTime: manifest.transactionTime,
    request: manifest.request,
    requiresAccessToken: false,
    output: parts.filter((p) => !p.deleted).map(local),
    deleted: parts.filter((p) => p.deleted).map(local),
    error: [],
  }
}
