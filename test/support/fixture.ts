import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DatasetRecord } from '../../src/domain/capabilities.ts'
import { digestOf } from '../../src/domain/digest.ts'
import type { House } from '../../src/flow/house.ts'
import { loadDataset } from '../../src/flow/load.ts'

/**
 * One of the two invented hospitals, loaded into a house: by a real load for the first gateway of a test run that asks for
 * it, as a copy of what came of that for the others. Loads themselves are the matter of test/ingest, test/cli and the
 * demonstration.
 */
export async function loadFixture(house: House, id: 'north' | 'east'): Promise<void> {
  const organisation = `${id} hospital`
  const actor = { subject: `steward-${id}`, role: 'data-holder', organisation } as const
  const kept = keptOf(house, id)
  const record = kept && (await readFile(join(kept, 'record.json'), 'utf8').catch(() => undefined))
  if (kept === undefined || record === undefined) {
    await loadDataset(house, actor, { id, title: id, directory: resolve('fhir-fixtures', id) })
    if (kept !== undefined) await keep(house, id, kept)
    return
  }
  const loaded = JSON.parse(record) as DatasetRecord
  for (const it of partsOf(loaded))
    await cp(join(kept, it), join(house.directory, it), { recursive: true })
  const snapshots = loaded.snapshots.map((it) => ({
    ...it,
    path: join(house.directory, 'snapshots', it.digest),
  }))
  const facts = { snapshot: snapshots.at(-1)?.digest ?? '', again: false }
  await house.store.commit(
    [{ put: 'dataset', value: { ...loaded, snapshots }, version: 0 }],
    [{ type: 'dataset-loaded', actor, about: `dataset/${id}`, facts }],
  )
}

/** Where this run keeps what a load of these tables gave; nowhere outside of a run, or under a key. */
function keptOf(house: House, id: string): string | undefined {
  const server = process.env['VITRINE_TEST_POSTGRES']
  if (server === undefined || house.kek !== undefined) return undefined
  return join(dirname(server), `loaded-${id}-${digestOf(house.dictionary)}`)
}

/** What a load leaves in a data directory, beside lines set aside. */
const partsOf = ({ id, snapshots }: DatasetRecord): readonly string[] => [
  join('quality', id),
  ...snapshots.map((it) => join('snapshots', it.digest)),
]

/** By one rename; of two who load at once, one keeps. */
async function keep(house: House, id: string, kept: string): Promise<void> {
  const record = (await house.store.get('dataset', id))?.value
  if (record === undefined) return
  const half = await mkdtemp(`${kept}.`)
  for (const it of partsOf(record))
    await cp(join(house.directory, it), join(half, it), { recursive: true })
  await writeFile(join(half, 'record.json'), JSON.stringify(record))
  await rename(half, kept).catch(() => rm(half, { recursive: true, force: true }))
}
