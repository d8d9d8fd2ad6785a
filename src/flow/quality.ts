import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../domain/problem.ts'
import type { QualityReport } from '../ingest/quality.ts'
import { isSealed, openSealed, sealFolder } from '../ingest/vault.ts'
import type { House } from './house.ts'

const fileName = 'report.json'
const folderOf = (house: House, dataset: string): string =>
  join(house.directory, 'quality', dataset)
const read = async (file: string): Promise<QualityReport> =>
  JSON.parse(await readFile(file, 'utf8')) as QualityReport

/**
 * The exact report of the last load of a dataset, for comparison; undefined before the first. Throws `key-unavailable`
 * when it is sealed under another key: what is loaded now would be, too.
 */
export async function lastQuality(
  house: House,
  dataset: string,
): Promise<QualityReport | undefined> {
  const folder = folderOf(house, dataset)
  const file = join(folder, fileName)
  if (existsSync(file)) return read(file)
  if (!existsSync(folder) || !isSealed(folder)) return undefined
  if (house.kek === undefined)
    throw new Problem('key-unavailable', {
      rule: 'key-encryption-key',
      place: `dataset/${dataset}`,
      reason: 'The last load was sealed, and there is no key-encryption key.',
      fix: 'Set VITRINE_KEK_FILE or VITRINE_KEK_COMMAND.',
    })
  const open = `${folder}.open`
  try {
    openSealed(folder, fileName, open, house.kek)
    return await read(open)
  } finally {
    await rm(open, { force: true })
  }
}

/** Keeps the report for the next load, its owner's alone, sealed where there is a key. */
export async function keepQuality(house: House, report: QualityReport): Promise<void> {
  const folder = folderOf(house, report.dataset)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const part = `${folder}.part`
  await writeFile(part, JSON.stringify(report), { mode: 0o600 })
  await rename(part, join(folder, fileName))
  if (house.kek !== undefined) sealFolder(folder, house.kek)
}
