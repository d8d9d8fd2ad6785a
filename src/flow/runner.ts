import { executeRun } from './execute.ts'
import type { House } from './house.ts'
import { releaseOutput } from './release.ts'

/** How many runs of one gateway are under way at once. */
const SLOTS = 2

/**
 * Takes queued runs, oldest first. `recover` is called once at start: runs that a crash left running are done again
 * (the same question costs nothing), and outputs that were checked but not released go to the release gate.
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
      const { items } = await house().store.list('run', { where: { state: 'queued' }, limit: 200 })
      const waiting = items.map((it) => it.value.id).filter((id) => !taken.has(id))
      for (const id of waiting.toReversed()) if (busy.size < SLOTS && !closed) take(id)
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
    const { store } = house()
    const left = await store.list('run', { where: { state: 'running' }, limit: 200 })
    for (const { value } of left.items) await executeRun(house(), value.id)
    const checked = await store.list('output', { where: { state: 'checked' }, limit: 200 })
    for (const { value } of checked.items) await releaseOutput(house(), value.id)
    kick()
  }

  const close = async (): Promise<void> => {
    closed = true
    await Promise.allSettled(busy)
  }

  return { kick, recover, close }
}
