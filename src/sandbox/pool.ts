import type { Jailed } from '../domain/capabilities.ts'

export type PoolMetrics = Readonly<{
  /** Children opened and waiting now, and of them those that have said they are ready. */
  idle: number
  ready: number
  /** Children given out that have not ended. */
  busy: number
  /** Since the start: given out; of those, how many were ready; died while waiting. */
  taken: number
  warm: number
  lost: number
}>

/** Pre-opened children, each taken once and never returned. */
export type Pool<T extends Opened> = Readonly<{
  /** A waiting child, a ready one before one that still opens; a new one when none waits. Throws after drain. */
  take(): T
  metrics(): PoolMetrics
  /** Opens no more, kills those that wait, and gives the busy ones `ms` to end before they are killed too. */
  drain(ms?: number): Promise<void>
}>

/** A child that says when it is ready for its one job. `ready` rejects when it ends before. */
export type Opened = Readonly<{ jailed: Pick<Jailed, 'kill' | 'ended'>; ready: Promise<unknown> }>

type Slot<T> = { readonly child: T; state: 'opening' | 'ready' | 'gone' }

/** First pause before another child is opened after one was lost while waiting, in ms; it doubles up to a minute. */
const PAUSE = { first: 250, most: 60_000 }

/**
 * Keeps `size` children open before they are needed; the memory that waits is bounded by `size` times the limit of one
 * child. After `idleMs` without a take the waiting ones are closed, and the next take opens them again. A child that dies
 * while it waits is replaced after a growing pause, so that a broken one does not spin.
 */
export function createPool<T extends Opened>(
  spawn: () => T,
  size: number,
  options: Readonly<{ idleMs?: number }> = {},
): Pool<T> {
  const { idleMs = 10 * 60_000 } = options
  const waiting = new Set<Slot<T>>()
  const busy = new Set<T>()
  const count = { taken: 0, warm: 0, lost: 0 }
  let closed = false
  let pause = PAUSE.first
  let idle: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined

  const open = (): Slot<T> => {
    const slot: Slot<T> = { child: spawn(), state: 'opening' }
    slot.child.ready.then(
      () => {
        if (slot.state === 'opening') slot.state = 'ready'
        pause = PAUSE.first
      },
      () => undefined,
    )
    void slot.child.jailed.ended.then(() => {
      slot.state = 'gone'
      busy.delete(slot.child)
      if (waiting.delete(slot)) {
        count.lost += 1
        fillLater()
      }
    })
    return slot
  }
  const fill = (): void => {
    while (!closed && waiting.size < size) waiting.add(open())
  }
  const fillLater = (): void => {
    if (closed || retry) return
    retry = setTimeout(() => {
      retry = undefined
      fill()
    }, pause)
    retry.unref()
    pause = Math.min(pause * 2, PAUSE.most)
  }
  const empty = (): void => {
    for (const slot of waiting) {
      waiting.delete(slot)
      slot.child.jailed.kill()
    }
  }
  const rest = (): void => {
    clearTimeout(idle)
    idle = setTimeout(empty, idleMs)
    idle.unref()
  }
  fill()
  rest()

  return {
    take() {
      if (closed) throw new Error('the pool is drained')
      const slots = [...waiting]
      const slot = slots.find(({ state }) => state === 'ready') ?? slots[0] ?? open()
      waiting.delete(slot)
      count.taken += 1
      if (slot.state === 'ready') count.warm += 1
      busy.add(slot.child)
      if (retry === undefined) setImmediate(fill) // after the job has its request
      rest()
      return slot.child
    },
    metrics: () => ({
      idle: waiting.size,
      ready: [...waiting].filter(({ state }) => state === 'ready').length,
      busy: busy.size,
      ...count,
    }),
    async drain(ms = 5000) {
      closed = true
      clearTimeout(idle)
      clearTimeout(retry)
      const all = [...[...waiting].map(({ child }) => child), ...busy].map((c) => c.jailed.ended)
      empty()
      const late = setTimeout(() => {
        for (const child of busy) child.jailed.kill()
      }, ms)
      await Promise.all(all)
      clearTimeout(late)
    },
  }
}
