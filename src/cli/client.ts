import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, type ProblemCode, problemCodes } from '../domain/problem.ts'

/** A caller of the permit API with one token. A problem of the server is thrown as the same Problem here. */
export type Client = Readonly<{
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}>

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export function client(base: string, token: string | undefined, fetcher: Fetch = fetch): Client {
  const call = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const response = await fetcher(base + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw problemOf(text, response.status)
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return (isJson ? JSON.parse(text) : text) as T
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
  }
}

function problemOf(text: string, status: number): Error {
  const body = JSON.parse(text) as Record<string, string>
  const code = (body['type'] ?? '').split('/').at(-1) ?? ''
  if (!problemCodes.includes(code as ProblemCode)) return new Error(`HTTP ${status}`)
  const { type: _, title: __, status: ___, ...facts } = body
  return new Problem(code as ProblemCode, facts)
}

type RunView = Readonly<{ id: string; state: string }>

/** Polls a run until it is over. Throws `run-failed` where it did not finish. */
export async function settled(api: Client, run: RunView): Promise<void> {
  for (let now = run; ; now = await api.get<RunView>(`/runs/${run.id}`)) {
    if (now.state === 'finished') return
    if (now.state === 'failed' || now.state === 'cancelled')
      throw new Problem('run-failed', { place: `run/${run.id}` })
    await sleep(50)
  }
}
