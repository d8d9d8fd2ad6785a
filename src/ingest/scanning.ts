import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Jail, Jailed } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import type { ScanJob, ScanResult } from './scan.ts'
import type { Traced, TraceJob } from './trace.ts'

/** A jailed child that reads the hospital's files, one job after the other. */
export type Scanner = Readonly<{
  scan(job: ScanJob, progress: (bytes: number) => void): Promise<ScanResult>
  trace(job: TraceJob): Promise<Traced>
  stop(): void
}>

const here = dirname(fileURLToPath(import.meta.url))
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const hour = 3_600_000

/**
 * Starts the reader; it sees `read` and writes below `write`. A job fails as `load-failed` with the file's name: when the
 * child died over it, or could not read it. `signal` kills the child.
 */
export function startScanner(
  jail: Jail,
  folders: Readonly<{ read: readonly string[]; write: string }>,
  signal?: AbortSignal,
): Scanner {
  const jailed = jail.launch({
    runtime: 'node',
    argv: [process.execPath, join(here, `scan-child.${extension}`)],
    env: { LANG: 'C.UTF-8', TZ: 'UTC', NODE_NO_WARNINGS: '1' },
    read: [here, join(here, '../../package.json'), ...folders.read],
    write: [folders.write],
    limits: {
      wallMs: 24 * hour,
      cpuSeconds: 24 * 3600,
      memoryMiB: 1024,
      processes: 32,
      descriptors: 256,
      tmpMiB: 16,
      fileMiB: 1024 * 1024,
      logBytes: 64 * 1024,
      answerBytes: 1024 * 1024 * 1024,
    },
  })
  const stop = (): void => jailed.kill()
  signal?.addEventListener('abort', stop, { once: true })
  const ask = conversation(jailed)
  return {
    scan: async (job, progress) =>
      (await ask({ scan: job }, job.name, progress))['scanned'] as ScanResult,
    trace: async (job) =>
      (await ask({ trace: job }, job.path.split('/').at(-1) ?? '', () => undefined))[
        'traced'
      ] as Traced,
    stop: () => {
      signal?.removeEventListener('abort', stop)
      jailed.kill()
    },
  }
}

type Answer = Readonly<Record<string, unknown>>

function conversation(jailed: Jailed) {
  let waiting: { done(answer: Answer): void; progress(bytes: number): void } | undefined
  let over = false
  const end = (): void => {
    over = true
    waiting?.done({ failed: true })
  }
  createInterface({ input: jailed.answers }).on('line', (text) => {
    const answer = JSON.parse(text) as Answer
    if (typeof answer['progress'] === 'number') waiting?.progress(answer['progress'])
    else waiting?.done(answer)
  })
  jailed.requests.on('error', () => undefined)
  void jailed.ended.then(end, end)
  return async (
    request: Answer,
    name: string,
    progress: (bytes: number) => void,
  ): Promise<Answer> => {
    const answer = await new Promise<Answer>((done) => {
      waiting = { done, progress }
      if (over) done({ failed: true })
      else jailed.requests.write(`${JSON.stringify(request)}\n`)
    })
    waiting = undefined
    if (answer['failed'] === true)
      throw new Problem('load-failed', {
        rule: 'file-unreadable',
        place: name,
        reason: 'The reader could not get through this file.',
        fix: 'Check that the file can be read and that the disk has room.',
      })
    return answer
  }
}
