import type { Jail } from '../../src/domain/capabilities.ts'
import { chooseJail } from '../../src/sandbox/choose.ts'

/**
 * Lets Node's children of a jail read what this run has compiled already (room.setup.ts): to strip the types of our sources
 * is the half of what it takes to start one, and no part of what is tested. One more folder is readable, nothing else changes.
 */
export const compiled = (jail: Jail): Jail => ({
  ...jail,
  launch: (job) => {
    const cache = process.env['NODE_COMPILE_CACHE']
    if (cache === undefined || !job.runtime.startsWith('node')) return jail.launch(job)
    const env = { ...job.env, NODE_COMPILE_CACHE: cache }
    return jail.launch({ ...job, env, read: [...job.read, cache] })
  },
})

const choosing = chooseJail({ configured: 'auto', quick: true })

/** The jail that this machine chooses, tested once for all files of a worker. Undefined where there is none. */
export const jailHere = async (): Promise<Jail | undefined> => {
  const { jail } = await choosing
  return jail === undefined ? undefined : compiled(jail)
}
