import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createLog } from '../../src/audit/log.ts'
import { openStore } from '../../src/store/open.ts'
import { storeChild } from '../support/child.ts'
import { noteKeys } from '../support/keys.ts'
import { query, testDatabase } from '../support/postgres.ts'

/** Kills in all; `CRASHES=100 npx vitest run test/store/crash` for the long run. */
const crashes = Number(process.env['CRASHES'] ?? 24)

type Sql = (text: string) => Promise<Record<string, unknown>[]>

/** What must hold after any crash. Answers the rho spent. */
async function whole(sql: Sql, acknowledged: readonly string[]): Promise<number> {
  const [counts] = await sql(`select
    (select count(*) from run) as runs,
    (select count(*) from charge) as charges,
    (select count(*) from event) as events,
    (select count(*) from run where (select count(*) from event where about = run.id) <> 2) as torn,
    (select size from log_head) as head,
    (select coalesce(max(seq), -1) + 1 from event) as next,
    (select coalesce(sum(spent), 0) from meter) as spent,
    (select coalesce(sum(rho), 0) from charge) as charged`)
  const { runs, charges, events, torn, head, next, spent, charged } = counts ?? {}
  expect({ charges, torn, spent }).toEqual({ charges: runs, torn: '0', spent: charged })
  expect({ head, next, twice: 2 * Number(runs) }).toEqual({
    head: events,
    next: events,
    twice: Number(events),
  })
  const rows = await sql('select id from run')
  const kept = new Set(rows.map(({ id }) => id))
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
  return Number(spent)
}

const acknowledgedBy = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('run/'))

test(`after ${crashes} kill -9 of gateways no acknowledged commit is lost, no budget refilled, the log whole`, {
  timeout: 1_000 * crashes + 30_000,
}, async () => {
  const database = await testDatabase()
  const directories = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'vitrine-log-'))))
  const acknowledged: string[] = []
  let receipts = -1
  let spent = 0
  for (let kills = 0; kills < crashes; kills += 2) {
    const children = directories.map((log, i) =>
      storeChild(['/nowhere', database.url, `${kills}-${i}`, 'commit', log]),
    )
    await Promise.all(children.map((child) => child.said('open')))
    // Different moments: from the first statement to some dozens of commits.
    await sleep((kills * 7) % 120)
    await Promise.all(children.map((child) => child.kill()))
    for (const child of children) {
      expect(child.lines().filter((line) => line.startsWith('failed'))).toEqual([])
      acknowledged.push(...acknowledgedBy(child.lines()))
      const given = child.lines().flatMap((line) => /^receipt (\d+)/.exec(line)?.[1] ?? [])
      receipts = Math.max(receipts, ...given.map(Number))
    }
    const now = await whole(database.sql, acknowledged)
    expect(now).toBeGreaterThanOrEqual(spent)
    spent = now
  }
  expect(acknowledged.length).toBeGreaterThan(crashes)
  const store = await database.open()
  for (const directory of directories) {
    const log = await createLog({ storage: store, keys: noteKeys(), directory })
    const { size } = await log.verify()
    expect(size).toBeGreaterThan(receipts)
    await log.close()
    await rm(directory, { recursive: true })
  }
  await database.close()
})

test('after kill -9 of PostgreSQL itself nothing acknowledged is lost either', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vitrine-crash-'))
  await chmod(directory, 0o755)
  const acknowledged: string[] = []
  for (let kill = 0; kill < 3; kill++) {
    const child = storeChild([directory, '', `s${kill}`, 'commit'])
    await child.said('open')
    await child.said(`run/s${kill}-0-${kill * 4}`)
    const file = join(directory, 'postgres/data/postmaster.pid')
    process.kill(Number((await readFile(file, 'utf8')).split('\n')[0]), 'SIGKILL')
    await child.ended
    expect(child.lines().filter((line) => line.startsWith('failed'))).toEqual([
      expect.stringContaining('store-unavailable'),
    ])
    acknowledged.push(...acknowledgedBy(child.lines()))
  }
  const store = await openStore({ directory })
  const url = `postgresql://vitrine@/postgres?host=${encodeURIComponent(join(directory, 'postgres'))}`
  await whole((text) => query(url, text), acknowledged)
  await store.close()
  await rm(directory, { recursive: true })
})
