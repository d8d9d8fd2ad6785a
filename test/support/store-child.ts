import { writeSync } from 'node:fs'
import { openStore } from '../../src/store/open.ts'
import { anEvent, aRun } from './samples.ts'

/**
 * A process to be killed. It opens the store of its arguments, says `open`, and then, unless told to `hold`, commits
 * without end: an entity, a charge and two events each time. A line is written after each acknowledged commit.
 */
const [directory = '', url = '', name = '', mode = 'commit'] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

try {
  const store = await openStore(url === '' ? { directory } : { directory, url })
  say('open')
  if (mode === 'close') {
    await store.commit([], [anEvent()])
    await store.close()
    say('closed')
  } else if (mode === 'hold') setInterval(() => undefined, 1000)
  else await Promise.all([0, 1, 2].map((lane) => commits(store, lane)))
} catch (error) {
  say(`failed ${JSON.stringify(error)}`)
  process.exitCode = 1
}

async function commits(store: Awaited<ReturnType<typeof openStore>>, lane: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `run/${name}-${lane}-${i}`
    await store.commit(
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
  }
}
