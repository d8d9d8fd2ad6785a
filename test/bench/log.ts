import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '../../src/audit/log.ts'
import type { Event } from '../../src/domain/event.ts'
import { openStore } from '../../src/store/open.ts'
import { noteKeys } from '../support/keys.ts'
import { anEvent, aRun } from '../support/samples.ts'

/**
 * Figures of store and log over the embedded server, as one JSON object: `node test/bench/log.ts [ENTRIES]`.
 * Everything counted is durable (fsync on), and the receipts lead to a signed checkpoint on disk.
 */
const entries = Number(process.argv[2] ?? 20_000)
const perCommit = 64

const directory = await mkdtemp(join(tmpdir(), 'vitrine-bench-'))
const since = (start: number): number => performance.now() - start
const rate = (n: number, ms: number): number => Math.round((1000 * n) / ms)
const quantile = (values: readonly number[], q: number): number =>
  Math.round(10 * (values.toSorted((a, b) => a - b)[Math.floor(q * values.length)] ?? 0)) / 10

let start = performance.now()
const store = await openStore({ directory })
const coldStartMs = Math.round(since(start))
const log = await createLog({ storage: store, keys: noteKeys(), directory: join(directory, 'log') })

const jobs = 600
start = performance.now()
await Promise.all(
  Array.from({ length: 8 }, async (_, lane) => {
    for (let i = 0; i < jobs / 8; i++) {
      const id = `run/${lane}-${i}`
      await store.commit(
        [
          { put: 'run', value: aRun(id), version: 0 },
          { charge: `meter/${lane}`, key: id, rho: 0.001, budget: 1 },
        ],
        [anEvent({ about: id, facts: { lane, i } })],
      )
    }
  }),
)
const jobsPerSecond = rate(jobs, since(start))

const batch = Array.from({ length: perCommit - 1 }, (_, i): Event => anEvent({ facts: { i } }))
start = performance.now()
for (let done = 0; done < entries; done += perCommit) await store.commit([], [anEvent(), ...batch])
await log.checkpoint()
const entriesPerSecond = rate(entries, since(start))

const receiptMs: number[] = []
for (let i = 0; i < 200; i++) {
  start = performance.now()
  const { events } = await store.commit([], [anEvent()])
  await log.receipt(events[0]?.id ?? '')
  receiptMs.push(since(start))
}

start = performance.now()
const { size } = await log.verify()
const auditMs = since(start)
start = performance.now()
await log.close()
const again = await createLog({
  storage: store,
  keys: noteKeys(),
  directory: join(directory, 'log'),
})
const openLogMs = Math.round(since(start))
await again.close()
await store.close()
await rm(directory, { recursive: true })

console.log(
  JSON.stringify({
    bench: 'log',
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    entries: size,
    perCommit,
    coldStartMs,
    jobsPerSecond,
    entriesPerSecond,
    receiptMs: { p50: quantile(receiptMs, 0.5), p95: quantile(receiptMs, 0.95) },
    auditEntriesPerSecond: rate(size, auditMs),
    openLogMs,
  }),
)
