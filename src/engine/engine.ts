import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine, Jail } from '../domain/capabilities.ts'
import { mint } from '../domain/glass.ts'
import { Problem } from '../domain/problem.ts'
import { type Child, startChild } from './child.ts'
import { expectNoFailure, generic } from './failure.ts'
import { checkIdentity, GOLDEN } from './identity.ts'
import { jobOf } from './jobs.ts'
import { makeParsers } from './parsers.ts'
import { makeTurns } from './pool.ts'
import { syntaxProblem } from './syntax.ts'
import { emptyTables } from './tables.ts'
import { makeWarm, SPARE_MS } from './warm.ts'
import { readTable } from './wire.ts'

export type EngineOptions = Readonly<{
  jail: Jail
  /** Deadline of one query, milliseconds; a script has its own. */
  queryMs?: number
  /** DuckDB's memory of one query, MiB. */
  memoryMiB?: number
  threads?: number
  /** Pre-opened children per kind. 0 starts every child when it is needed. */
  spares?: number
  /** Hears what children wrote to fd 2, row values included: for tests over made-up data, never for a log. */
  diagnose?: (text: string) => void
}>

const OPEN_MS = 60_000
const IDLE_MS = 15 * 60_000

/**
 * DuckDB behind a jail: every statement runs in a child, the researcher's text only in a child without data.
 * Children that hold data serve one query and die. Nothing the engine says about a failure comes through.
 */
export function createEngine(options: EngineOptions): Engine {
  const { jail, queryMs = 60_000, memoryMiB = 1024, threads = 2, spares = 1 } = options
  const living = new Set<Child>()
  const start = (job: Parameters<typeof startChild>[1]): Child => {
    const child = startChild(jail, job)
    living.add(child)
    void child.ended.then(() => {
      living.delete(child)
      const log = child.log()
      if (log !== '') options.diagnose?.(log)
    })
    return child
  }
  const parsers = makeParsers(
    () =>
      start(
        jobOf('parse-child', [], [], { memoryMiB: 512, wallMs: IDLE_MS, answerMiB: 16, tmpMiB: 1 }),
      ),
    spares,
  )
  const queries = makeWarm((database) => {
    const child = start(
      jobOf('query-child', [database], [], {
        memoryMiB,
        wallMs: OPEN_MS + SPARE_MS + queryMs,
        answerMiB: 64,
        tmpMiB: 1,
      }),
    )
    return { child, open: child.ask({ do: 'open', database, memoryMiB, threads }, { ms: OPEN_MS }) }
  }, spares)
  const turn = makeTurns(2)

  return {
    async parse(text) {
      // DuckDB reads a text up to its first NUL: what follows would be approved unread.
      if (text.includes('\0')) throw new Problem('sql-syntax', { rule: 'text-nul', place: '1:1' })
      const json = String((await parsers({ do: 'parse', text }))['json'])
      const problem = syntaxProblem(text, json)
      if (problem !== undefined) throw problem
      return json
    },

    plan: async (dictionary, sql) =>
      String((await parsers({ do: 'plan', text: sql, tables: emptyTables(dictionary) }))['json']),

    query: ({ database, sql, check, signal, once }) =>
      turn(async () => {
        const { child, open } = queries.take(database, once === true)
        const limit = { ms: queryMs, ...(signal && { signal }) }
        try {
          return await generic(async () => {
            expectNoFailure(await open)
            const plan = expectNoFailure(await child.ask({ do: 'plan', text: sql }, limit))
            check(String(plan['json']))
            const { table } = expectNoFailure(await child.ask({ do: 'run' }, limit))
            return mint.rows(readTable(table))
          })
        } finally {
          child.kill()
        }
      }),

    async script(job) {
      const child = start(
        jobOf('script-child', job.read, job.write, {
          memoryMiB: job.memoryMiB ?? memoryMiB,
          wallMs: (job.wallMs ?? IDLE_MS) + OPEN_MS,
          answerMiB: 64,
          tmpMiB: 64,
        }),
      )
      const of = job.statements.length
      try {
        return await generic(async () => {
          const { tables } = expectNoFailure(
            await child.ask(
              {
                statements: job.statements,
                ...placesOf(job.read, job.write),
                memoryMiB: job.memoryMiB ?? memoryMiB,
                threads,
              },
              {
                ms: job.wallMs ?? IDLE_MS,
                ...(job.signal && { signal: job.signal }),
                onDone: (done) => job.onProgress?.(done, of),
              },
            ),
          )
          return (tables as unknown[]).map((t) => mint.rows(readTable(t)))
        })
      } finally {
        child.kill()
      }
    },

    async close() {
      parsers.close()
      queries.close()
      const all = [...living]
      for (const child of all) child.kill()
      await Promise.all(all.map((child) => child.ended))
    },
  }
}

/** Asks a fresh child which engine it is. Throws `insecure-configuration`; call it once at boot. */
export async function checkEngine(jail: Jail): Promise<void> {
  const child = startChild(
    jail,
    jobOf('parse-child', [], [], { memoryMiB: 512, wallMs: OPEN_MS, answerMiB: 1, tmpMiB: 1 }),
  )
  try {
    checkIdentity(await generic(() => child.ask({ do: 'identify', text: GOLDEN }, { ms: OPEN_MS })))
  } finally {
    child.kill()
  }
}

function placesOf(read: readonly string[], write: readonly string[]) {
  const isFile = (path: string): boolean =>
    statSync(path, { throwIfNoEntry: false })?.isFile() === true
  const places = [...read, ...write]
  return {
    folders: places.filter((p) => !isFile(p)),
    // A database file is looked up together with its log.
    files: places.filter(isFile).flatMap((p) => [p, `${p}.wal`]),
    temp: write[0] === undefined ? '' : join(write[0], '.spill'),
  }
}
