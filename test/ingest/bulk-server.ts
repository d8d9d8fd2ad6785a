import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'

/** What a bulk server may get wrong, each once or as often as said. */
export type Faults = {
  /** 429 with Retry-After before kick-off works. */
  busyKickOff?: number
  /** 202 answers before the export is complete. */
  slow?: number
  /** 5xx answers of the status endpoint. */
  shaky?: number
  /** Files whose connection breaks in the middle, by name. */
  breaks?: Set<string>
  /** Answers a Range request with the whole file. */
  noRanges?: boolean
  /** Files that arrive short, without a broken connection, by name. */
  short?: Set<string>
  /** Links that are dead until the status is asked again. */
  expired?: Set<string>
  /** Counts that are wrong for ever. */
  wrongCount?: Set<string>
  /** Access tokens that the server forgets. */
  forgetTokens?: number
  fhirVersion?: string
  /** The status URL is unknown. */
  gone?: boolean
}

export type BulkServer = Readonly<{
  base: string
  tokenUrl: string
  seen: string[]
  close(): Promise<void>
}>

/** An in-process FHIR server over one export folder: real HTTP, real tokens, faults on order. */
export async function bulkServer(
  folder: string,
  jwks: JSONWebKeySet,
  faults: Faults,
): Promise<BulkServer> {
  const seen: string[] = []
  const tokens = new Set<string>()
  let exportsMade = 0
  const files = readdirSync(folder).filter((f) => f.endsWith('.ndjson'))
  const spend = (key: 'busyKickOff' | 'slow' | 'shaky' | 'forgetTokens'): boolean => {
    const left = faults[key] ?? 0
    if (left > 0) faults[key] = left - 1
    return left > 0
  }
  const server: Server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const base = `${origin}/fhir`
  const send = (
    r: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ) =>
    r
      .writeHead(status, { 'content-type': 'application/fhir+json', ...headers })
      .end(body === undefined ? '' : JSON.stringify(body))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    seen.push(
      `${request.method} ${url.pathname}${request.headers.range ? ` ${request.headers.range}` : ''}`,
    )
    if (url.pathname === '/token') return token(request, response)
    if (url.pathname === '/fhir/metadata')
      return void send(response, 200, {
        resourceType: 'CapabilityStatement',
        fhirVersion: faults.fhirVersion ?? '4.0.1',
      })
    const bearer = (request.headers.authorization ?? '').replace('Bearer ', '')
    if (spend('forgetTokens')) tokens.clear()
    if (!tokens.has(bearer)) return void send(response, 401, { resourceType: 'OperationOutcome' })
    if (url.pathname === '/fhir/$export') {
      if (spend('busyKickOff')) return void send(response, 429, undefined, { 'retry-after': '2' })
      if (request.headers['prefer'] !== 'respond-async') return void send(response, 400, {})
      exportsMade += 1
      return void send(response, 202, undefined, {
        'content-location': `${base}/status/${exportsMade}`,
      })
    }
    if (url.pathname.startsWith('/fhir/status/')) return status(request, response)
    return file(request, response, url.pathname.split('/').at(-1) ?? '', url.searchParams.get('v'))
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const form = new URLSearchParams(body)
    try {
      await jwtVerify(form.get('client_assertion') ?? '', createLocalJWKSet(jwks), {
        issuer: 'vitrine-north',
        subject: 'vitrine-north',
        audience: `${origin}/token`,
        maxTokenAge: '5 min',
      })
    } catch {
      return void send(response, 401, { error: 'invalid_client' })
    }
    const made = `token-${tokens.size}-${seen.length}`
    tokens.add(made)
    send(response, 200, { access_token: made, token_type: 'bearer', expires_in: 300 })
  }

  function status(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'DELETE') return void send(response, 202, undefined)
    if (faults.gone) {
      faults.gone = false
      return void send(response, 404, { resourceType: 'OperationOutcome' })
    }
    if (spend('shaky')) return void send(response, 503, undefined, { 'retry-after': '1' })
    if (spend('slow'))
      return void send(response, 202, undefined, { 'x-progress': '40 % <b>', 'retry-after': '1' })
    const version = seen.length
    faults.expired = new Set([...(faults.expired ?? [])].filter((f) => !f.endsWith('!')))
    const part = (name: string) => {
      const lines = readFileSync(join(folder, name), 'latin1')
        .split('\n')
        .filter((l) => l.trim() !== '').length
      return {
        type: name.split('.')[0],
        url: `${base}/file/${name}?v=${version}`,
        count: lines + (faults.wrongCount?.has(name) ? 1 : 0),
      }
    }
    const deleted = files
      .filter((f) => f.startsWith('deleted'))
      .map((f) => ({ ...part(f), type: 'Bundle' }))
    send(response, 200, {
      transactionTime: '2026-01-01T00:00:00Z',
      request: `${base}/$export`,
      requiresAccessToken: true,
      output: files.filter((f) => !f.startsWith('deleted')).map(part),
      deleted,
      error: [],
    })
  }

  function file(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    version: string | null,
  ): void {
    if (!files.includes(name)) return void send(response, 404, {})
    if (faults.expired?.has(name)) {
      faults.expired = new Set([...faults.expired].map((f) => (f === name ? `${f}!` : f)))
      return void send(response, 403, { version })
    }
    const path = join(folder, name)
    const size = statSync(path).size
    const from = faults.noRanges
      ? 0
      : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from > size) return void send(response, 416, undefined)
    const head = {
      'content-type': 'application/fhir+ndjson',
      ...(from > 0 && { 'content-range': `bytes ${from}-${size - 1}/${size}` }),
    }
    const short = faults.short?.delete(name) ?? false
    const breaks = faults.breaks?.delete(name) ?? false
    // A short file says nothing of its length; a broken one promised more than came.
    response.writeHead(
      from > 0 ? 206 : 200,
      short ? head : { ...head, 'content-length': String(size - from) },
    )
    const end = short || breaks ? Math.floor((size * 2) / 3) : size - 1
    createReadStream(path, { start: from, end })
      .on('end', () => (breaks ? setTimeout(() => response.destroy(), 50) : response.end()))
      .pipe(response, { end: false })
  }

  return {
    base,
    tokenUrl: `${origin}/token`,
    seen,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}
