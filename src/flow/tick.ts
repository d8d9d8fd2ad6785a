import { setTimeout as sleep } from 'node:timers/promises'
import type { House } from './house.ts'

/** Milliseconds left, at `at`, until the next whole number of `tick`s after `since`: one at least. All in milliseconds. */
export function untilTick(since: number, at: number, tick: number): number {
  const passed = Math.max(0, at - since)
  return Math.max(1, Math.ceil(passed / tick)) * tick - passed
}

/**
 * Does the work and keeps what came of it, answer or failure, until the next tick after `since` (ISO instant). Until then
 * nothing is written, so neither a reader of the run nor the size of the log tells how long the work took within a tick.
 */
export async function onTick<T>(house: House, since: string, work: () => Promise<T>): Promise<T> {
  const [done] = await Promise.allSettled([work()])
  await sleep(untilTick(Date.parse(since), house.clock.now().getTime(), house.tickMs))
  if (done.status === 'rejected') throw done.reason
  return done.value
}
