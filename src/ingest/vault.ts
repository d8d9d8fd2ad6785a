import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Problem } from '../domain/problem.ts'
import { digestOfFile, type Manifest, readManifest } from './publish.ts'
import { openFile, sealFile, unwrapKey, type WrappedKey, wrapKey } from './seal.ts'

const ending = '.sealed'
const keyFile = 'key.json'

/**
 * Seals every file of a folder in place, except manifests: each `x` becomes `x.sealed`, then its plain form is removed. Takes up what a
 * killed run left half sealed. Throws `key-unavailable` when that was under another key.
 */
export function sealFolder(folder: string, kek: Uint8Array): void {
  const names = readdirSync(folder)
  const plain = names.filter(
    (name) => name !== keyFile && name !== 'manifest.json' && !name.endsWith(ending),
  )
  if (plain.length === 0) return
  const begun = names.includes(keyFile)
  const key = begun ? unwrapKey(kek, wrappedIn(folder)) : randomBytes(32)
  if (!begun) writeDurably(join(folder, keyFile), JSON.stringify(wrapKey(kek, key)))
  for (const name of plain) {
    sealFile(join(folder, name), join(folder, `${name}${ending}`), key)
    rmSync(join(folder, name))
  }
}

export const isSealed = (folder: string): boolean => readdirSync(folder).includes(keyFile)

/** Which key-encryption key locks a folder, see `kidOf`. Throws `snapshot-damaged` where it is not sealed. */
export const lockOf = (folder: string): string => wrappedIn(folder).kid

/** Throws `key-unavailable` unless this key opens the folder. */
export function requireKey(folder: string, kek: Uint8Array): void {
  unwrapKey(kek, wrappedIn(folder))
}

/**
 * Opens a sealed snapshot into `into` (an empty folder on memory-backed storage), and checks every file against the manifest. Answers
 * the manifest. Throws `key-unavailable` for another key, `snapshot-damaged` for anything that does not hold.
 */
export async function openSnapshot(path: string, into: string, kek: Uint8Array): Promise<Manifest> {
  const manifest = await readManifest(path)
  const key = unwrapKey(kek, wrappedIn(path))
  await mkdir(into, { recursive: true, mode: 0o700 })
  for (const { file, sha256 } of Object.values(manifest.tables)) {
    if (basename(file) !== file) throw notSealed(file)
    openFile(join(path, `${file}${ending}`), join(into, file), key)
    if ((await digestOfFile(join(into, file))) !== sha256)
      throw new Problem('snapshot-damaged', {
        rule: 'digest',
        place: file,
        reason: 'The file is not the one that was published.',
      })
  }
  writeFileSync(join(into, 'manifest.json'), readFileSync(join(path, 'manifest.json')), {
    mode: 0o600,
  })
  return manifest
}

/** Opens one sealed file of a quarantine, for its holder. */
export function openSealed(folder: string, name: string, target: string, kek: Uint8Array): void {
  openFile(join(folder, `${name}${ending}`), target, unwrapKey(kek, wrappedIn(folder)))
}

/** Locks a folder's key anew; its data stay as they are. Atomic: a crash leaves the old lock or the new one. */
export function rotateKey(folder: string, old: Uint8Array, next: Uint8Array): void {
  const key = unwrapKey(old, wrappedIn(folder))
  const part = join(folder, `${keyFile}.part`)
  writeDurably(part, JSON.stringify(wrapKey(next, key)))
  renameSync(part, join(folder, keyFile))
}

function wrappedIn(folder: string): WrappedKey {
  try {
    const { kid, nonce, key } = JSON.parse(
      readFileSync(join(folder, keyFile), 'utf8'),
    ) as WrappedKey
    if ([kid, nonce, key].every((part) => typeof part === 'string')) return { kid, nonce, key }
  } catch {
    // Falls through: absent and unreadable are the same to whoever wants to open it.
  }
  throw notSealed(keyFile)
}

const notSealed = (place: string): Problem =>
  new Problem('snapshot-damaged', {
    rule: 'seal',
    place,
    reason: 'The folder is not sealed, or its lock is damaged.',
  })

function writeDurably(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
  const fd = openSync(path, 'r')
  fsyncSync(fd)
  closeSync(fd)
}
