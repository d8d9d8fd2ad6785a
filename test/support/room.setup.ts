import { access, chmod, constants, mkdtemp, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
/** Bytes: several times what a whole run has lying about at once. */
const enough = 3 * 2 ** 30

/**
 * vitest's global set-up: the temporary directory of the whole run, gone after it. In memory where there is plenty, because
 * what takes the time of the store's and the log's tests on a disk is waiting for fsync, which no test asks about:
 * a killed process loses nothing that the kernel has taken.
 */
export async function setup(): Promise<() => Promise<void>> {
  const before = tmpdir()
  const room = await mkdtemp(join((await inMemory()) ? memory : before, 'vitrine-run-'))
  // Like /tmp: children and servers run as other users below it.
  await chmod(room, 0o1777)
  process.env['TMPDIR'] = room
  // The shared test server; the first test to need it starts it.
  process.env['VITRINE_TEST_POSTGRES'] = join(room, 'pg')
  return async () => {
    process.env['TMPDIR'] = before
    await rm(room, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/** Whether there is memory-backed storage with room in it, from which programs may be run. */
async function inMemory(): Promise<boolean> {
  try {
    await access(memory, constants.W_OK)
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((it) => it.split(' '))
    const [, , kind, options = ''] = mounts.findLast(([, at]) => at === memory) ?? []
    const { bavail, bsize } = await statfs(memory)
    return kind === 'tmpfs' && !options.split(',').includes('noexec') && bavail * bsize > enough
  } catch {
    return false
  }
}
