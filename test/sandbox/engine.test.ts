import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JailEnd } from '../../src/domain/capabilities.ts'
import { sha256 } from '../../src/domain/digest.ts'
import { Problem } from '../../src/domain/problem.ts'
import { checkEngine, createEngine } from '../../src/engine/engine.ts'
import { tree } from '../../src/sandbox/watch.ts'
import { hostileStatements } from '../engine/hostile.ts'
import { smallWorkspace } from '../engine/workspace.ts'
import { compiled } from '../support/jail.ts'
import { launchers } from './launchers.ts'

/** Each takes time, memory or stack without end; the answer must come in time, and the next question too. */
const bombs: readonly string[] = [
  'SELECT list_reduce(range(300000000), (a, b) -> a + b)',
  'SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range',
  "SELECT length(repeat('x', 2000000000))",
  "SELECT levenshtein(repeat('ab', 200000), repeat('ba', 200000))",
  "SELECT regexp_matches(repeat('a', 50000), '(a|aa)+$')",
  'SELECT mode(i) FROM range(1000000000) t(i)',
  `SELECT ${'('.repeat(450)}1${')'.repeat(450)}`,
  `SELECT count(*) FROM "ws"."main"."patient" WHERE ${Array(20_000).fill('person_id > 0').join(' AND ')}`,
  `SELECT count(*) FROM ${Array.from({ length: 400 }, (_, i) => `"ws"."main"."patient" p${i}`).join(', ')}`,
  'SELECT array_agg(i) FROM range(1000000000) t(i)',
]

if (launchers().length === 0)
  test('no launcher is here, which is said above', () => expect(launchers()).toEqual([]))

describe.each(launchers().map((jail) => [jail.launcher, compiled(jail)] as const))(
  '%s',
  (_, jail) => {
    const pids = new Set<number>()
    const ends: JailEnd[] = []
    const engine = createEngine({
      jail: {
        ...jail,
        launch: (job) => {
          const child = jail.launch(job)
          pids.add(child.pid)
          void child.ended.then((end) => {
            pids.delete(child.pid)
            ends.push(end)
          })
          return child
        },
      },
      memoryMiB: 256,
      queryMs: 1000,
      spares: 1,
    })
    let ws = { folder: '', database: '' }
    beforeAll(async () => {
      ws = await smallWorkspace(engine)
    })
    afterAll(() => engine.close())
    const run = (sql: string) =>
      engine.query({
        database: ws.database,
        sql: sql.replaceAll('DB', ws.database),
        check: () => undefined,
      })
    const refusal = async (work: Promise<unknown>): Promise<string> => {
      try {
        await work
        return 'it ran'
      } catch (error) {
        return error instanceof Problem ? JSON.stringify(error.toJSON()) : String(error)
      }
    }

    test('is the known engine, and answers', async () => {
      await checkEngine(jail)
      expect(await engine.parse('SELECT 1')).toContain('"error":false')
      expect((await run('SELECT count(*)::INTEGER FROM "ws"."main"."patient"')).rows).toEqual([
        [200],
      ])
    })

    test('the hardening list: 0 open, no value in any refusal, no file changed', async () => {
      const before = [sha256(readFileSync(ws.database)), ...readdirSync(ws.folder)]
      const wrong: string[] = []
      const attempt = async (statement: string): Promise<void> => {
        const said = await refusal(run(statement))
        if (!said.includes('"run-failed"') || said.includes('CANARY'))
          wrong.push(`${statement}: ${said}`)
      }
      await Promise.all(hostileStatements.map(attempt)) // the engine runs two at a time
      expect(wrong).toEqual([])
      expect([sha256(readFileSync(ws.database)), ...readdirSync(ws.folder)]).toEqual(before)
      expect(ends.filter(({ reason }) => reason === 'tripwire')).toEqual([])
    }, 60_000)

    test('every bomb ends in time, and the parent and the next query live', async () => {
      for (const bomb of bombs) {
        const began = Date.now()
        await refusal(run(bomb))
        expect(Date.now() - began, bomb.slice(0, 60)).toBeLessThan(2 * 1000 + 1500)
      }
      expect((await run('SELECT 1::INTEGER')).rows).toEqual([[1]])
      expect(process.memoryUsage().rss).toBeLessThan(2 ** 31)
    }, 60_000)

    test('a 200 KB line nested 100,000 deep kills only its child', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-deep-'))
      const input = join(folder, 'deep.ndjson')
      writeFileSync(input, `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`)
      const out = mkdtempSync(join(tmpdir(), 'vitrine-deep-out-'))
      const said = await refusal(
        engine.script({
          statements: [`SELECT count(*) FROM read_json('${input}', format = 'newline_delimited')`],
          read: [input],
          write: [out],
          wallMs: 10_000,
        }),
      )
      expect(said).toContain('run-failed')
      expect((await run('SELECT 1::INTEGER')).rows).toEqual([[1]])
    })

    test('closing leaves no child behind', async () => {
      const alive = [...pids].flatMap(tree)
      expect(alive.length).toBeGreaterThan(0)
      await engine.close()
      expect(pids.size).toBe(0)
    })
  },
)
