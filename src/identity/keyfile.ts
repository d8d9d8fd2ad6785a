import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Problem } from '../domain/problem.ts'

/**
 * One secret in one file of mode 0600. `check` is 128 bits of SHA-256 over purpose and secret: it finds a damaged or
 * exchanged file (a noise key with one wrong bit would otherwise answer every question afresh) and says nothing of a
 * secret that has 256 bits.
 */
export type KeyFile = Readonly<{
  vitrine: string
  version: 1
  /** Base64url: 32 random bytes, or the PKCS #8 of an Ed25519 key. */
  secret: string
  check: string
  /** The log's key name (C2SP signed-note). */
  name?: string
}>

const checkOf = (purpose: string, secret: string): string =>
  createHash('sha256')
    .update(`vitrine key check v1\0${purpose}\0${secret}`)
    .digest('hex')
    .slice(0, 32)

export const keyFile = (purpose: string, secret: Uint8Array, name?: string): KeyFile => {
  const text = Buffer.from(secret).toString('base64url')
  return {
    vitrine: purpose,
    version: 1,
    secret: text,
    check: checkOf(purpose, text),
    ...(name === undefined ? {} : { name }),
  }
}

export const keyUnavailable = (rule: string, file: string, reason: string, fix?: string): Problem =>
  new Problem('key-unavailable', {
    rule,
    place: basename(file),
    reason,
    ...(fix === undefined ? {} : { fix }),
  })

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | null)?.code

/** Throws `key-unavailable` when the file is missing, damaged, for another purpose, or readable by others. */
export async function readKeyFile(
  path: string,
  purpose: string,
): Promise<Readonly<{ secret: Buffer; name?: string }>> {
  await assertPrivate(path)
  let file: Partial<KeyFile> | null
  try {
    file = JSON.parse(await readFile(path, 'utf8'))
  } catch {
    throw keyUnavailable('key-damaged', path, 'The key file cannot be read.')
  }
  if (file?.vitrine !== purpose)
    throw keyUnavailable('key-purpose', path, 'The file is not the key it is named after.')
  if (typeof file.secret !== 'string' || file.check !== checkOf(purpose, file.secret))
    throw keyUnavailable('key-damaged', path, 'The key file is damaged.')
  const { name } = file
  const secret = Buffer.from(file.secret, 'base64url')
  return typeof name === 'string' ? { secret, name } : { secret }
}

async function assertPrivate(path: string): Promise<void> {
  try {
    const { mode } = await stat(path)
    if (process.platform === 'win32' || (mode & 0o077) === 0) return
  } catch {
    throw keyUnavailable('key-missing', path, 'The key file is missing.')
  }
  throw keyUnavailable(
    'key-exposed',
    path,
    'Others on this machine may read the key file.',
    `Run chmod 600 on ${basename(path)}, and ask whether it was copied.`,
  )
}

async function writePrivate(path: string, content: unknown): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Creates a whole directory of key files in one rename: after a crash it is there with all of them, or not at all.
 * Where somebody else was first, theirs stays and ours is forgotten.
 */
export async function createKeySet(
  directory: string,
  files: Readonly<Record<string, KeyFile>>,
): Promise<void> {
  const parent = dirname(directory)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const fresh = join(parent, `.${basename(directory)}-${randomBytes(8).toString('hex')}`)
  await mkdir(fresh, { mode: 0o700 })
  for (const [name, file] of Object.entries(files)) await writePrivate(join(fresh, name), file)
  await syncDirectory(fresh)
  try {
    await rename(fresh, directory)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(String(codeOf(error)))) throw error
    await rm(fresh, { recursive: true })
  }
  await syncDirectory(parent)
}

/** Creates one key file, unless there is one. */
export async function createKeyFile(path: string, file: KeyFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${randomBytes(8).toString('hex')}`
  await writePrivate(fresh, file)
  try {
    await link(fresh, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await unlink(fresh)
  }
  await syncDirectory(dirname(path))
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}
