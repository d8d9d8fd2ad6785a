import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Snapshot } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'

/** Table of a snapshot that holds the persons who opted out (Article 71). */
export const OPTED_OUT = 'opted_out'

const damaged = (table: string, rule: string): Problem =>
  new Problem('snapshot-damaged', { rule, place: table })

/** Where a table of a snapshot lies. Throws `snapshot-damaged` when the snapshot does not list it. */
export function fileOf(snapshot: Snapshot, table: string): string {
  const entry = Object.hasOwn(snapshot.tables, table) ? snapshot.tables[table] : undefined
  if (!entry) throw damaged(table, 'snapshot-table-missing')
  return isAbsolute(entry.file) ? entry.file : join(snapshot.path, entry.file)
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/**
 * Reads the named tables' files once and compares their SHA-256 with the snapshot's record. Throws `snapshot-damaged`
 * naming the first table whose file is missing or differs.
 */
export async function verifyFiles(snapshot: Snapshot, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const path = fileOf(snapshot, table)
    const found = await hashOf(path).catch(() => undefined)
    if (found === undefined) throw damaged(table, 'snapshot-file-missing')
    if (found !== snapshot.tables[table]?.sha256) throw damaged(table, 'snapshot-file-changed')
  }
}
