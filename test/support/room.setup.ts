import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  access,
  chmod,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  statfs,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programOf } from '../../src/sandbox/program.ts'

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
  await opened(room)
  process.env['TMPDIR'] = room
  const cache = await opened(join(room, 'compiled'))
  process.env['NODE_COMPILE_CACHE'] = cache
  const compiling = compile(cache)
  // The shared test server; the first test to need it starts it.
  process.env['VITRINE_TEST_POSTGRES'] = join(room, 'pg')
  return async () => {
    process.env['TMPDIR'] = before
    await compiling
    await rm(room, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/** A folder like /tmp: children and servers run as other users below it. */
async function opened(path: string): Promise<string> {
  await mkdir(path, { recursive: true })
  await chmod(path, 0o1777)
  return path
}

/** Programs of ours that run in a jail, where nothing is written: they find what was compiled for their user before. */
const programs = ['engine/parse', 'engine/query', 'engine/script', 'ingest/scan']

/**
 * Starts each once without a request, beside the first tests: as this user, and as nobody, whom root's jails run them as. A
 * jail may show root's child the same folder under that number, so everybody may read what was kept.
 */
async function compile(cache: string): Promise<void> {
  const users = process.getuid?.() === 0 ? [{}, { uid: 65534, gid: 65534 }] : [{}]
  const started = programs.flatMap((program) => {
    const path = join(import.meta.dirname, '../../src', `${program}-child.ts`)
    const { argv, env } = programOf({ runtime: 'node', argv: [process.execPath, path], env: {} })
    const [node = '', ...args] = argv
    // Requests and answers are descriptors 4 and 3.
    const stdio = Array<'ignore'>(5).fill('ignore')
    return users.map(async (user) =>
      once(
        spawn(node, args, { cwd: '/', stdio, env: { ...env, NODE_COMPILE_CACHE: cache }, ...user }),
        'exit',
      ),
    )
  })
  await Promise.all(started)
  for (const entry of await readdir(cache, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o644)
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
