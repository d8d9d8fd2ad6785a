import { Problem } from '../../domain/problem.ts'

/** What talking to a server needs of the world; tests hand in their own clock and waits. */
export type Wire = Readonly<{
  now(): number
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** A bearer token for this server, fresh when `renew`; undefined where it is open. */
  token(renew: boolean): Promise<string | undefined>
  signal?: AbortSignal
}>

export const refused = (rule: string, reason: string, fix: string, place?: string): Problem =>
  new Problem('load-failed', { rule, reason, fix, ...(place !== undefined && { place }) })

/** Attempts of one request before a server counts as down, and the longest pause between two, milliseconds. */
const attempts = 6
const longestPause = 60_000

/**
 * One GET or DELETE that outlives a server's bad minutes: 429 and 503 wait as `Retry-After` says, other 5xx and broken
 * connections wait longer each time, 401 asks for a new token once. Answers any other response as it is.
 * Throws `load-failed` (`server-unreachable`) after six attempts.
 */
export async function patient(
  wire: Wire,
  url: string,
  options: Readonly<{
    method?: 'GET' | 'DELETE'
    headers?: Readonly<Record<string, string>>
    withToken: boolean
  }>,
): Promise<Response> {
  let renew = false
  for (let attempt = 0; attempt < attempts; attempt++) {
    const response = await once(wire, url, options, renew)
    if (response !== undefined && response.status !== 429 && response.status < 500) {
      if (response.status !== 401 || renew || !options.withToken) return response
      renew = true
      await response.body?.cancel()
      continue
    }
    await response?.body?.cancel()
    await wire.wait(pauseOf(response, attempt, wire.now()), wire.signal)
  }
  throw refused(
    'server-unreachable',
    'The server failed six times in a row.',
    'Ask its operator, then run the same command again: it resumes.',
  )
}

async function once(
  wire: Wire,
  url: string,
  options: Parameters<typeof patient>[2],
  renew: boolean,
): Promise<Response | undefined> {
  const token = options.withToken ? await wire.token(renew) : undefined
  try {
    return await fetch(url, {
      method: options.method ?? 'GET',
      headers: {
        ...options.headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      redirect: options.withToken ? 'error' : 'follow',
      ...(wire.signal && { signal: wire.signal }),
    })
  } catch (error) {
    if (wire.signal?.aborted) throw error
    return undefined
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date; else 1 s, 2 s, 4 s ... Milliseconds. */
export function pauseOf(response: Response | undefined, attempt: number, now: number): number {
  const said = response?.headers.get('retry-after') ?? ''
  const asked = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - now
  const pause = Number.isNaN(asked) ? 1000 * 2 ** attempt : asked
  return Math.min(longestPause, Math.max(100, pause))
}

/** Health data do not travel in the clear; only a server on this machine may be asked over http. */
export function requireTls(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const loopback =
    parsed !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(parsed.hostname)
  if (
    parsed === undefined ||
    (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && loopback))
  )
    throw refused(
      'plain-http',
      'The address is not https.',
      'Use the https address of the FHIR server.',
    )
  return parsed
}
