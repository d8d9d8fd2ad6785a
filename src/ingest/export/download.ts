import {
  createReadStream,
  createWriteStream,
  existsSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { patient, refused, type Wire } from './server.ts'

export type Wanted = Readonly<{
  url: string
  /** Final path; while it is incomplete, `.part` beside it. */
  path: string
  /** Resources the server says are inside. */
  count?: number
  withToken: boolean
}>

export type Fetched = 'complete' | 'expired'

const attempts = 6

/**
 * Streams a file to disk. What a broken connection left is taken up with a Range request where the server can, else begun anew.
 * A file whose lines are not as many as promised is fetched once more, then refused. Answers `expired` when the link is dead.
 */
export async function download(
  wire: Wire,
  wanted: Wanted,
  tell: (bytes: number) => void,
): Promise<Fetched> {
  if (existsSync(wanted.path)) return 'complete'
  const part = `${wanted.path}.part`
  for (let attempt = 0, recounted = false; attempt < attempts; attempt++) {
    const outcome = await piece(wire, wanted, part, tell)
    if (outcome === 'expired') return outcome
    if (outcome === 'broken') {
      await wire.wait(500 * 2 ** attempt, wire.signal)
      continue
    }
    if (wanted.count === undefined || (await linesIn(part)) === wanted.count) {
      renameSync(part, wanted.path)
      return 'complete'
    }
    rmSync(part)
    if (recounted)
      throw refused(
        'export-count',
        'A file holds another number of resources than the manifest promises, twice.',
        'Ask the operator of the server; nothing was loaded.',
        wanted.path.split('/').at(-1),
      )
    recounted = true
  }
  throw refused(
    'download-broken',
    'The connection broke again and again.',
    'Run the same command again: it resumes.',
    wanted.path.split('/').at(-1),
  )
}

async function piece(
  wire: Wire,
  wanted: Wanted,
  part: string,
  tell: (bytes: number) => void,
): Promise<'complete' | 'broken' | 'expired'> {
  const have = existsSync(part) ? statSync(part).size : 0
  const response = await patient(wire, wanted.url, {
    withToken: wanted.withToken,
    headers: {
      accept: 'application/fhir+ndjson',
      // A length that can be compared, and ranges of the bytes that are stored.
      'accept-encoding': 'identity',
      ...(have > 0 && { range: `bytes=${have}-` }),
    },
  })
  if ([401, 403, 404, 410].includes(response.status)) {
    await response.body?.cancel()
    return 'expired'
  }
  if (response.status === 416) {
    // Nothing is left to fetch, or the file became another: begin anew.
    await response.body?.cancel()
    rmSync(part)
    return 'broken'
  }
  if (!response.ok || response.body === null) return 'broken'
  const resumes =
    response.status === 206 &&
    response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true
  const start = resumes ? have : 0
  const length = response.headers.get('content-length')
  let got = 0
  try {
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream),
      async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          got += chunk.length
          tell(start + got)
          yield chunk
        }
      },
      createWriteStream(part, { flags: resumes ? 'a' : 'w', mode: 0o600 }),
      ...(wire.signal ? [{ signal: wire.signal }] : []),
    )
  } catch (error) {
    if (wire.signal?.aborted) throw error
    return 'broken'
  }
  return length !== null && Number(length) !== got ? 'broken' : 'complete'
}

/** Lines that are not blank, as a bulk server counts resources. */
async function linesIn(path: string): Promise<number> {
  let lines = 0
  let content = false
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    for (const byte of chunk as Buffer) {
      if (byte === 10) {
        if (content) lines += 1
        content = false
      } else if (byte !== 13 && byte !== 32 && byte !== 9) content = true
    }
  return content ? lines + 1 : lines
}
