import { writeSync } from 'node:fs'
import { createLog } from '../../src/audit/log.ts'
import type { Log, Store } from '../../src/domain/capabilities.ts'
import { openStore } from '../../src/store/open.ts'
import { noteKeys } from './keys.ts'
import { anEvent, aRun } from './samples.ts'

/**
 * A process to be killed. It opens the store of its arguments, says `open`, and then, unless told to `hold`, commits
 * without end: an entity, a charge and two events each time. A line is written after each acknowledged commit, and
 * with a log folder another one, `receipt ...`, after each receipt.
 */
const [directory = '', url = '', name = '', mode = 'commit', logs = ''] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

try {
  const store = await openStore(url === '' ? { directory } : { directory, url })
  const log =
    logs === ''
      ? undefined
      : await createLog({ storage: store, keys: noteKeys(), directory: logs, tick: 5 })
  say('open')
  if (mode === 'close') {
    await store.commit([], [anEvent()])
    await store.close()
    say('closed')
  } else if (mode === 'hold') setInterval(() => undefined, 1000)
  else await Promise.all([0, 1, 2].map((lane) => commits(store, log, lane)))
} catch (error) {
  say(`failed ${JSON.stringify(error)}`)
  process.exitCode = 1
}

async function commits(store: Store, log: Log | undefined, lane: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `run/${name}-${lane}-${i}`
    const { events } = await store.commit(
      [
        { put: 'run', value: aRun(id), version: 0 },
        { charge: `meter/${lane}`, key: id, rho: 0.001, budget: 1_000 },
      ],
      [
        anEvent({ about: id, type: 'run-requested' }),
        anEvent({ about: id, type: 'budget-charged' }),
      ],
    )
    say(id)
    const last = events.at(-1)
    if (log !== undefined && last !== undefined)
      say(`receipt ${(await log.receipt(last.id)).index}`)
  }
}
