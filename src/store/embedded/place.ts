import { randomUUID } from 'node:crypto'
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { codeOf } from '../problems.ts'
import { type Account, accountFor, passing, reaches } from './account.ts'

/** Where one embedded server lives: its base (0700: data, socket, log) and who runs it. */
export type Place = Readonly<{ base: string; data: string; account: Account }>

/** Bytes of a socket's path that every system takes, less the name of the socket itself. */
const longestSocketFolder = 103 - '/.s.PGSQL.5432'.length

/** Says where the base is when it could not be inside the directory. */
const pointer = 'postgres.location'
const elsewhere = '/var/lib/vitrine'

/**
 * The base is `postgres` inside the directory. Under root, in a directory that the server's account cannot reach
 * (a closed home), it is below /var/lib/vitrine, and a file in the directory says where.
 */
export async function placeFor(directory: string): Promise<Place> {
  const home = resolve(directory)
  const root = process.getuid?.() === 0
  await mkdir(home, { recursive: true, mode: root ? 0o711 : 0o700 })
  const said = (await readFile(join(home, pointer), 'utf8').catch(() => '')).trim()
  const inside = join(home, 'postgres')
  const account = await accountFor(join(said || inside, 'data'))
  if (said !== '') return make(said, account)
  if (!account.own) await chmod(home, (await stat(home)).mode | passing)
  if (await reaches(home, account, passing)) return make(inside, account)
  return make(await outside(home), account)
}

/** A new folder for a home that has none yet; of two who begin at once, one names it. */
async function outside(home: string): Promise<string> {
  const fresh = join(elsewhere, randomUUID())
  await mkdir(elsewhere, { recursive: true })
  // Whatever the umask was.
  await chmod(elsewhere, 0o711)
  try {
    await writeFile(join(home, pointer), `${fresh}\n`, { flag: 'wx' })
    return fresh
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return (await readFile(join(home, pointer), 'utf8')).trim()
  }
}

async function make(base: string, account: Account): Promise<Place> {
  await mkdir(base, { recursive: true, mode: 0o700 })
  await access(base, constants.R_OK | constants.W_OK | constants.X_OK)
  if (!account.own) await chown(base, account.uid, account.gid)
  return { base, data: join(base, 'data'), account }
}

/**
 * A folder by which clients find the socket. The path of a socket is short on every system, so a deep base is reached
 * through a link in a new private folder of the temporary directory.
 */
export async function socketFolder(
  base: string,
): Promise<Readonly<{ path: string; remove(): Promise<void> }>> {
  if (Buffer.byteLength(base) <= longestSocketFolder)
    return { path: base, remove: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-'))
  await symlink(base, join(folder, 's'))
  return { path: join(folder, 's'), remove: () => rm(folder, { recursive: true, force: true }) }
}
