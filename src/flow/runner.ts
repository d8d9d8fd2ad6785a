import { setTimeout as sleep } from 'node:timers/promises'
import { executeRun } from './execute.ts'
import type { House } from './house.ts'
import { releaseOutput } from './release.ts'
import { settleAll } from './settle.ts'
import { forgetUnissued } from './workspace.ts'

/** How long a gateway that stops waits for its runs, milliseconds. */
const DRAIN_MS = 30_000

/** How many runs of one gateway are under way at once, those included that wait for their tick; the engine does two. */
const SLOTS = 8

/**
 * Takes queued runs, oldest first. `recover` is called once, at the start of the gateway that serves: runs that a crash
 * left running are done again (the same question costs nothing), outputs that were checked but not released go to the
 * release gate, and workspaces of permits that were never issued are removed.
 */
export function createRunner(house: () => House) {
  const busy = new Set<Promise<void>>()
  const taken = new Set<string>()
  let closed = false
  let scanning = false
  let again = false

  const take = (id: string): void => {
    taken.add(id)
    const job: Promise<void> = executeRun(house(), id)
      .catch(() => undefined) // only a lost store gets here; the run stays queued for the next start
      .finally(() => {
        busy.delete(job)
        taken.delete(id)
        kick()
      })
    busy.add(job)
  }

  const scan = async (): Promise<void> => {
    do {
      again = false
      const queued = await all(house(), 'run', 'queued')
      const waiting = queued.filter((id) => !taken.has(id))
      for (const id of waiting) if (busy.size < SLOTS && !closed) take(id)
    } while (again && !closed)
  }

  const kick = (): void => {
    again = true
    if (scanning || closed) return
    scanning = true
    scan()
      .catch(() => undefined)
      .finally(() => {
        scanning = false
      })
  }

  const recover = async (): Promise<void> => {
    await forgetUnissued(house())
    // Together: each waits for a tick of its own.
    await Promise.all((await all(house(), 'run', 'running')).map((id) => executeRun(house(), id)))
    for (const id of await all(house(), 'output', 'checked')) await releaseOutput(house(), id)
    await settleAll(house())
    kick()
  }

  const close = async (): Promise<void> => {
    closed = true
    // What waits for its tick longer than this stays running, and is done again at the next start.
    await Promise.race([Promise.allSettled(busy), sleep(DRAIN_MS, undefined, { ref: false })])
  }

  return { kick, recover, close }
}

/** Every one in this state, oldest first. */
async function all(house: House, kind: 'run' | 'output', state: string): Promise<string[]> {
  const found: string[] = []
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await house.store.list(kind, {
      where: { state },
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    })
    found.push(...page.items.map((it) => it.value.id))
    after = page.next
  }
  return found.toReversed()
}
