import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { QualityReport } from '../ingest/quality.ts'
import type { House } from './house.ts'

const fileName = 'report.json'
const folderOf = (house: House, dataset: string): string =>
  join(house.directory, 'quality', dataset)

/** The exact report of the last load of a dataset, for comparison; undefined before the first. */
export async function lastQuality(
  house: House,
  dataset: string,
): Promise<QualityReport | undefined> {
  const file = join(folderOf(house, dataset), fileName)
  if (!existsSync(file)) return undefined
  return JSON.parse(await readFile(file, 'utf8')) as QualityReport
}

/** Keeps the report for the next load, its owner's alone. Replaced by one rename. */
export async function keepQuality(house: House, report: QualityReport): Promise<void> {
  const folder = folderOf(house, report.dataset)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const part = join(folder, `.${fileName}.part`)
  await writeFile(part, JSON.stringify(report), { mode: 0o600 })
  await rename(part, join(folder, fileName))
}
