import { setTimeout as sleep } from 'node:timers/promises'
import type { Analysis } from '../domain/analysis.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import { need } from './gate.ts'
import type { House } from './house.ts'

/** Milliseconds left, at `at`, until the next whole number of `tick`s after `since`: one at least. All in milliseconds. */
export function untilTick(since: number, at: number, tick: number): number {
  const passed = Math.max(0, at - since)
  return Math.max(1, Math.ceil(passed / tick)) * tick - passed
}

/** Before a script meets its data: records or columns laid out, an interpreter started. Milliseconds. */
const START_MS = 10_000

/**
 * The tick of a run, milliseconds. A script chooses how long it takes, for each person or in all, so its end would tell how
 * many took long, or whether one did. Its tick is therefore the longest that it could take: the limit of a script over the
 * whole workspace, or that of a person times the persons of the snapshot, which replacing one's records does not change.
 */
export async function tickOf(
  house: House,
  { script }: Pick<Analysis, 'script'>,
  permit: Pick<Permit, 'snapshots'>,
  dataset: string,
): Promise<number> {
  if (script === undefined || house.scriptPace === 'none') return house.tickMs
  const { personMs, wholeMs } = house.scripts
  const longest =
    script.mode === 'whole'
      ? wholeMs
      : (await personsOf(house, permit, dataset)) * personMs(script.language)
  return Math.ceil((START_MS + longest) / house.tickMs) * house.tickMs
}

async function personsOf(
  house: House,
  permit: Pick<Permit, 'snapshots'>,
  dataset: string,
): Promise<number> {
  const { value } = await need(house, 'dataset', dataset)
  const pinned = value.snapshots.find((it) => it.digest === permit.snapshots[dataset])
  if (pinned === undefined) throw new Problem('not-found', { place: `dataset/${dataset}/snapshot` })
  return pinned.persons
}

/**
 * Does the work and keeps what came of it, answer or failure, until the next tick after `since` (ISO instant). Until then
 * nothing is written, so neither a reader of the run nor the size of the log tells how long the work took within a tick.
 */
export async function onTick<T>(
  house: House,
  since: string,
  work: () => Promise<T>,
  tick: number = house.tickMs,
): Promise<T> {
  const [done] = await Promise.allSettled([work()])
  await wait(untilTick(Date.parse(since), house.clock.now().getTime(), tick))
  if (done.status === 'rejected') throw done.reason
  return done.value
}

/** A timer holds 24 days; and one of more than a minute does not keep a gateway up that is to stop: its run is done again. */
async function wait(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= DAY)
    await sleep(Math.min(left, DAY), undefined, { ref: left < 60_000 })
}
const DAY = 86_400_000
