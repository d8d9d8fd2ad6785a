import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../domain/capabilities.ts'
import { gatewayActor } from '../domain/role.ts'
import { kidOf } from '../ingest/seal.ts'
import { isSealed, lockOf, requireKey, rotateKey } from '../ingest/vault.ts'

/** Where sealed folders lie below the data directory, and how deep: snapshots, their quarantine, reports. */
const rooms = { snapshots: 2, quality: 1 } as const

export type Rotated = Readonly<{ from: string; to: string; rewrapped: number; already: number }>

/**
 * Locks every sealed folder of a data directory under another key-encryption key; the data stay as they are. Every lock is
 * tried before the first is changed. After a crash the same call finishes the work. Throws `key-unavailable` when a folder
 * opens under neither key, and then nothing is changed.
 */
export async function rotateKeys(
  house: Readonly<{ store: Store; directory: string }>,
  old: Uint8Array,
  next: Uint8Array,
): Promise<Rotated> {
  const [from, to] = [kidOf(old), kidOf(next)]
  const folders = Object.entries(rooms).flatMap(([room, depth]) =>
    sealedBelow(join(house.directory, room), depth),
  )
  const already = folders.filter((it) => lockOf(it) === to)
  for (const it of already) requireKey(it, next)
  const due = folders.filter((it) => lockOf(it) !== to)
  for (const it of due) requireKey(it, old)
  for (const it of due) rotateKey(it, old, next)
  const rotated = { from, to, rewrapped: due.length, already: already.length }
  await house.store.commit(
    [],
    [{ type: 'key-rotated', actor: gatewayActor, about: 'gateway', facts: rotated }],
  )
  return rotated
}

function sealedBelow(folder: string, depth: number): string[] {
  return directoriesIn(folder).flatMap((it) => [
    ...(isSealed(it) ? [it] : []),
    ...(depth > 1 ? sealedBelow(it, depth - 1) : []),
  ])
}

function directoriesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((it) => it.isDirectory())
      .map((it) => join(folder, it.name))
  } catch (error) {
    // No room yet is nothing to rotate; a room that cannot be read is not.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
