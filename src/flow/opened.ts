import { constants } from 'node:fs'
import { access, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Snapshot } from '../domain/dataset.ts'
import { sha256 } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import { isSealed, openSnapshot } from '../ingest/vault.ts'
import type { House } from './house.ts'

const memory = '/dev/shm'

/**
 * Lends `act` the snapshot with its files readable: as it is where it lies in the clear, else opened into a folder of
 * its owner's alone, memory-backed where there is room, removed afterwards whatever happens. Throws `key-unavailable`
 * without the right key and `snapshot-damaged`.
 */
export async function withOpened<T>(
  house: House,
  snapshot: Snapshot,
  act: (open: Snapshot) => Promise<T>,
): Promise<T> {
  if (!sealed(snapshot.path)) return act(snapshot)
  if (house.kek === undefined)
    throw new Problem('key-unavailable', {
      rule: 'key-encryption-key',
      place: `dataset/${snapshot.dataset}`,
      reason: 'The snapshot is sealed, and there is no key-encryption key.',
      fix: 'Set VITRINE_KEK_FILE or VITRINE_KEK_COMMAND.',
    })
  const { kek } = house
  return withScratch(house, snapshot.path, async (path) => {
    await openSnapshot(snapshot.path, path, kek)
    return act({ ...snapshot, path })
  })
}

/**
 * Lends `act` a directory of its owner's alone for what is made of `source`: memory-backed where there is room for it
 * twice, removed afterwards whatever happens, and by `forgetOpened` after a crash.
 */
export async function withScratch<T>(
  house: Pick<House, 'directory'>,
  source: string,
  act: (path: string) => Promise<T>,
): Promise<T> {
  const path = await mkdtemp(join(await roomFor(source), `${prefixOf(house)}${process.pid}-`))
  try {
    return await act(path)
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

/** Removes what a killed gateway of this data directory had opened. Called once at start. */
export async function forgetOpened(house: House): Promise<void> {
  const prefix = prefixOf(house)
  for (const room of [memory, tmpdir()])
    for (const name of await readdir(room).catch(() => []))
      if (name.startsWith(prefix) && !alive(Number(name.slice(prefix.length).split('-')[0])))
        await rm(join(room, name), { recursive: true, force: true })
}

const prefixOf = (house: Pick<House, 'directory'>): string =>
  `vitrine-open-${sha256(house.directory).slice(0, 12)}-`

/** A snapshot that is gone is said by who reads it. */
function sealed(path: string): boolean {
  try {
    return isSealed(path)
  } catch {
    return false
  }
}

/** Memory where the whole snapshot fits twice, for the tables that are made of it; else the temporary directory. */
async function roomFor(path: string): Promise<string> {
  try {
    await access(memory, constants.W_OK)
    const { bavail, bsize } = await statfs(memory)
    if (2 * (await sizeOf(path)) < bavail * bsize) return memory
  } catch {
    // No memory-backed storage here.
  }
  return tmpdir()
}

/** Bytes of a file, or of the files in a directory. */
async function sizeOf(path: string): Promise<number> {
  const own = await stat(path)
  if (own.isFile()) return own.size
  const inside = (await readdir(path)).map(async (name) => (await stat(join(path, name))).size)
  return (await Promise.all(inside)).reduce((sum, size) => sum + size, 0)
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
