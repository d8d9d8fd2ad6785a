import { Client } from 'fhir-kit-client'
import { z } from 'zod'
import { patient, pauseOf, refused, type Wire } from './server.ts'

/** Completion response of Bulk Data Access 2.0. */
const manifestSchema = z.object({
  transactionTime: z.string(),
  request: z.string(),
  requiresAccessToken: z.boolean(),
  output: z.array(z.object({ type: z.string(), url: z.string(), count: z.number().optional() })),
  deleted: z
    .array(z.object({ type: z.string(), url: z.string(), count: z.number().optional() }))
    .default([]),
})
export type BulkManifest = z.infer<typeof manifestSchema>

export type ExportAsked = Readonly<{
  /** Base URL of the FHIR server. */
  base: string
  types?: readonly string[]
  /** Instant: only what changed since, with deletions. */
  since?: string
  group?: string
}>

/** Throws `load-failed` (`not-r4`) where the server says that it speaks another FHIR than R4, by its number. */
export async function requireR4(wire: Wire, base: string): Promise<void> {
  const client = await clientOf(wire, base, false)
  const statement = await client.capabilityStatement().catch(() => undefined)
  const version = statement?.['fhirVersion']
  if (typeof version !== 'string')
    throw refused(
      'no-capability',
      'The server does not answer with a CapabilityStatement.',
      'Check the base URL and the access.',
    )
  if (!/^4\.0(\.|$)/.test(version))
    throw refused(
      'not-r4',
      `The server speaks FHIR ${named(version)}; only R4 (4.0) is understood.`,
      'Export from an R4 endpoint.',
    )
}

const named = (version: string): string =>
  /^4\.[13]/.test(version)
    ? 'R4B'
    : /^5\./.test(version)
      ? 'R5'
      : /^3\./.test(version)
        ? 'STU3'
        : 'of another version'

async function clientOf(wire: Wire, base: string, renew: boolean): Promise<Client> {
  const token = await wire.token(renew)
  return new Client({ baseUrl: base, ...(token !== undefined && { bearerToken: token }) })
}

/** Kicks the export off. Answers the status URL. */
export async function kickOff(wire: Wire, asked: ExportAsked): Promise<string> {
  let client = await clientOf(wire, asked.base, false)
  let renewed = false
  const query = new URLSearchParams({
    _outputFormat: 'application/fhir+ndjson',
    ...(asked.types && { _type: asked.types.join(',') }),
    ...(asked.since !== undefined && { _since: asked.since }),
  })
  const path = asked.group === undefined ? '$export' : `Group/${asked.group}/$export`
  for (let attempt = 0; attempt < 6; attempt++) {
    try {
      const answer = await client.request(`${path}?${query}`, {
        options: { headers: { prefer: 'respond-async', accept: 'application/fhir+json' } },
      })
      const location = Client.httpFor(answer).response?.headers.get('content-location')
      if (location) return new URL(location, asked.base).href
      break
    } catch (error) {
      const status = (error as { response?: { status?: number } }).response?.status
      if (status === 401 && !renewed) {
        renewed = true
        client = await clientOf(wire, asked.base, true)
        continue
      }
      if (status !== undefined && status !== 429 && status < 500) break
      await wire.wait(pauseOf(undefined, attempt, wire.now()), wire.signal)
    }
  }
  throw refused(
    'export-refused',
    'The server did not start an export.',
    'Check that it offers $export, and the scope of the client.',
  )
}

/**
 * Asks until the export is complete, as often as the server wishes. Throws `load-failed`: `export-failed`, or `export-expired` when the
 * server no longer knows the job.
 */
export async function completion(
  wire: Wire,
  status: string,
  tell: (said: string) => void,
): Promise<BulkManifest> {
  for (let attempt = 0; ; attempt++) {
    const response = await patient(wire, status, {
      headers: { accept: 'application/json' },
      withToken: true,
    })
    if (response.status === 202) {
      tell(progressOf(response))
      await response.body?.cancel()
      await wire.wait(pauseOf(response, Math.min(attempt, 5), wire.now()), wire.signal)
      continue
    }
    if (response.status === 404 || response.status === 410)
      throw refused(
        'export-expired',
        'The server no longer knows this export.',
        'Run the command again: it starts a new one.',
      )
    const manifest = response.ok
      ? manifestSchema.safeParse(await response.json().catch(() => undefined))
      : undefined
    if (manifest?.success) return manifest.data
    throw refused(
      'export-failed',
      'The server gave up the export, or its manifest is not one.',
      'Ask its operator.',
    )
  }
}

/** `X-Progress` is free text of a server: letters, digits and % only, and not much of it. */
const progressOf = (response: Response): string =>
  (response.headers.get('x-progress') ?? '').replace(/[^\w %.,/-]/g, '').slice(0, 60)
