import { type ChildProcess, spawn } from 'node:child_process'
import { type Readable, Transform, type Writable } from 'node:stream'
import type { JailEnd, Jailed, JailJob } from '../domain/capabilities.ts'
import { type Group, waiting } from './cgroup.ts'
import { resident } from './limits.ts'
import { tree, watch } from './watch.ts'

/** A program to start, with everything a launcher has decided. Pure data, so that golden tests can hold it. */
export type Command = Readonly<{
  file: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** Set only when the gateway runs as root. */
  uid?: number
  /** Processes of the launcher itself, which the watch does not count against the job. */
  helpers: number
}>

/** Signals that a launcher in between may report as exit code 128 + n. */
const SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
}
const STARVED = /out of memory|cannot allocate memory|bad_alloc|memory allocation/i

/** Why a child ended by itself. A child may lie with its exit code, so the reason is coarse and for reviewers only. */
export function endOf(code: number | null, signal: string | null, log: string): JailEnd {
  const named = signal ?? (code !== null && code > 128 ? (SIGNALS[code - 128] ?? null) : null)
  const end = (reason: JailEnd['reason']): JailEnd => ({ reason, code, signal: named })
  switch (named) {
    case null:
      return end('exit')
    case 'SIGSYS':
      return end('tripwire')
    case 'SIGXCPU':
      return end('cpu')
    case 'SIGKILL':
    case 'SIGTERM':
      return end('killed')
    default:
      return end(STARVED.test(log) ? 'memory' : 'crash')
  }
}

/** SIGKILL to the group and to every process of the tree, whichever session it has moved to. */
function killTree(pid: number): void {
  for (const target of [-pid, ...tree(pid)])
    try {
      process.kill(target, 'SIGKILL')
    } catch {
      // already gone
    }
}

/** Passes bytes on up to the cap; the first byte past it calls `over` and nothing more is passed. */
function capped(bytes: number, over: () => void): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen <= bytes) return done(null, chunk)
      over()
      return done(null, seen - chunk.length < bytes ? chunk.subarray(0, bytes - seen) : undefined)
    },
  })
}

/** Keeps the first `bytes` of both streams together; what follows is read and dropped, so the child never blocks. */
function keepLog(streams: readonly Readable[], bytes: number): () => string {
  const kept: Buffer[] = []
  let size = 0
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, bytes - size))
      if (part.length > 0) kept.push(part)
      size += part.length
    })
  return () => Buffer.concat(kept).toString('utf8')
}

/** How long the log of a dead child may take to arrive before its end is told. */
const DRAIN_MS = 250

const quiet = (stream: Readable | Writable | null | undefined): void => {
  stream?.on('error', () => undefined) // a dead child closes its pipes; `ended` says why
}

function start(command: Command, held: boolean): ChildProcess {
  return spawn(command.file, command.args, {
    cwd: '/',
    env: { ...command.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', ...(held ? ['pipe' as const] : [])],
    ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.uid }),
  })
}

/**
 * Starts a command as the leader of its own group and holds it to the limits a parent can hold: wall clock, resident
 * memory and processes of the tree, bytes of log, bytes of answer. A limit kills the whole tree with SIGKILL.
 * Never throws: a program that cannot start ends as `crash`.
 */
export function supervise(
  command: Command,
  job: Pick<JailJob, 'runtime' | 'limits'>,
  group?: Group,
): Jailed {
  const { limits } = job
  const child = start(group ? waiting(command) : command, group !== undefined)
  const [, , , answerPipe, requestPipe, gate] = child.stdio as readonly unknown[]
  for (const stream of child.stdio) quiet(stream as Readable)
  let verdict: JailEnd['reason'] | undefined
  const pid = child.pid ?? -1
  const kill = (reason: JailEnd['reason'] = 'killed'): void => {
    if (exited) return
    verdict ??= reason
    group?.kill()
    if (pid > 0) killTree(pid)
  }
  let exited = pid < 0
  const log = keepLog([child.stdout as Readable, child.stderr as Readable], limits.logBytes)
  const answers = capped(limits.answerBytes, () => kill('answer-too-large'))
  quiet(answers)
  ;(answerPipe as Readable).pipe(answers)
  if (group && pid > 0) {
    try {
      group.add(pid)
      ;(gate as Writable).end('go\n')
    } catch {
      kill('crash') // outside its group it has no bound, so it does not start
    }
  }
  const deadline = setTimeout(() => kill('deadline'), limits.wallMs)
  const unwatch =
    pid > 0
      ? watch(
          pid,
          {
            memoryMiB: resident(job.runtime, limits.memoryMiB),
            tasks: limits.processes + command.helpers,
          },
          kill,
        )
      : () => undefined
  // Answers drain at the pace of their reader, also after the end; every writer is dead, so they end.
  const endAnswers = (): void => {
    if (!answers.writableEnded) answers.end()
  }
  ;(answerPipe as Readable).once('close', endAnswers)
  const ended = new Promise<JailEnd>((resolve) => {
    const finish = (): void => {
      const end = endOf(child.exitCode, child.signalCode, log())
      const why = verdict ?? (group?.starved() ? 'memory' : end.reason)
      group?.remove()
      resolve({ ...end, reason: why })
    }
    child.once('exit', () => {
      if (pid > 0) killTree(pid) // a daemon left in the group
      exited = true
      clearTimeout(deadline)
      unwatch()
      ;(requestPipe as Writable).destroy()
      setTimeout(finish, DRAIN_MS).unref()
    })
    child.once('close', finish)
    child.once('error', () => {
      if (pid > 0) return
      clearTimeout(deadline)
      endAnswers()
      resolve({ reason: 'crash', code: null, signal: null })
    })
  })
  return {
    pid,
    requests: requestPipe as Writable,
    answers,
    log,
    kill,
    ended,
  }
}
