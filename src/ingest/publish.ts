import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Dictionary, Snapshot } from '../domain/dataset.ts'
import { canonicalJson, digestOf, sha256 } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'

/** What a snapshot is, and nothing about when or how it was loaded: equal content has an equal digest. */
export type Manifest = Readonly<{
  format: 'vitrine-snapshot/1'
  dataset: string
  /** SHA-256 of the canonical dictionary. */
  dictionary: string
  persons: number
  optedOut: number
  tables: Readonly<Record<string, Readonly<{ file: string; sha256: string; rows: number }>>>
}>

/** Describes finished table files; `rows` by table name. */
export async function manifestOf(
  folder: string,
  facts: Readonly<{ dataset: string; dictionary: Dictionary; persons: number; optedOut: number }>,
  rows: ReadonlyMap<string, number>,
): Promise<Manifest> {
  const tables: Record<string, { file: string; sha256: string; rows: number }> = {}
  for (const [table, count] of rows) {
    const file = `${table}.parquet`
    tables[table] = { file, sha256: await digestOfFile(join(folder, file)), rows: count }
  }
  const { dataset, dictionary, persons, optedOut } = facts
  return {
    format: 'vitrine-snapshot/1',
    dataset,
    dictionary: digestOf(dictionary),
    persons,
    optedOut,
    tables,
  }
}

/**
 * Makes `folder` the snapshot `out/<digest>`: manifest written, everything on disk, one rename. A snapshot that exists
 * already is the same one, and stays.
 */
export function publish(folder: string, out: string, manifest: Manifest, loadedAt: Date): Snapshot {
  const text = canonicalJson(manifest)
  const digest = sha256(text)
  const path = join(out, digest)
  writeFileSync(join(folder, 'manifest.json'), text, { mode: 0o600 })
  for (const file of readdirSync(folder)) synced(join(folder, file))
  synced(folder)
  if (existsSync(path)) rmSync(folder, { recursive: true })
  else renameSync(folder, path)
  synced(out)
  const { dataset, tables, persons } = manifest
  return { digest, dataset, path, tables, persons, loadedAt: loadedAt.toISOString() }
}

function synced(path: string): void {
  const fd = openSync(path, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

const damaged = (place: string, reason: string): Problem =>
  new Problem('snapshot-damaged', { rule: 'digest', place, reason })

/** The manifest of a snapshot, checked against the folder's name. Throws `snapshot-damaged`. */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(join(path, 'manifest.json'), 'utf8').catch(() => undefined)
  if (text === undefined || sha256(text) !== basename(path))
    throw damaged(
      'manifest.json',
      'The manifest is absent, or not the one that named the snapshot.',
    )
  return JSON.parse(text) as Manifest
}

/**
 * Reads a published snapshot back and checks every byte of it: manifest against the folder's name, files against the
 * manifest. Throws `snapshot-damaged` with the file's name. A sealed one is checked when it is opened.
 */
export async function verifySnapshot(path: string): Promise<Manifest> {
  const manifest = await readManifest(path)
  for (const { file, sha256: expected } of Object.values(manifest.tables))
    if ((await digestOfFile(join(path, file)).catch(() => '')) !== expected)
      throw damaged(file, 'The file is absent, or not the one that was published.')
  return manifest
}
