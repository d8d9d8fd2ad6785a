import type { Jail } from '../../src/domain/capabilities.ts'
import { createScripts } from '../../src/sandbox/script/scripts.ts'
import { jailHere } from './jail.ts'
import { available } from './require.ts'

/** The jail of this machine, with Python in it; undefined, and said so, where one of the two is missing. */
export async function pythonJail(): Promise<Jail | undefined> {
  const jail = await jailHere()
  if (!available('bwrap', jail?.isolated === true) || jail === undefined) return undefined
  const runtimes = await createScripts({ jail }).runtimes()
  return available(
    'python',
    runtimes.some((it) => it.language === 'python'),
  )
    ? jail
    : undefined
}
