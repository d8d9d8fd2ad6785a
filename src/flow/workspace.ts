import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataScope } from '../domain/application.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import { buildWorkspace } from '../workspace/build.ts'
import { need } from './gate.ts'
import type { House } from './house.ts'
import { withOpened } from './opened.ts'

/** The DuckDB file that a run of this permit over this dataset reads. Throws `not-in-permit`. */
export function workspaceFile(
  house: Pick<House, 'directory'>,
  permit: Pick<Permit, 'id' | 'workspaces'>,
  dataset: string,
): string {
  const digest = permit.workspaces[dataset]
  if (digest === undefined)
    throw new Problem('not-in-permit', {
      place: 'dataset',
      rule: 'dataset-not-in-permit',
      fix: `Use one of: ${Object.keys(permit.workspaces).join(', ')}.`,
    })
  return join(house.directory, 'workspaces', permit.id, `${digest}.duckdb`)
}

/** The newest snapshot of each dataset of a scope: what a permit pins (71(3)). */
export async function newestSnapshots(house: House, scope: DataScope) {
  const found = await Promise.all(
    scope.datasets.map(async (id) => {
      const { value } = await need(house, 'dataset', id)
      const snapshot = value.snapshots.at(-1)
      if (snapshot === undefined)
        throw new Problem('not-found', { place: `dataset/${id}/snapshot` })
      return [id, snapshot] as const
    }),
  )
  return Object.fromEntries(found)
}

/**
 * One workspace per dataset of the permit: approved tables, columns, period and population; opt-outs that came before
 * it removed (71(3)); pseudonyms escrowed with the access body (66(3)). All of them, or nothing stays.
 */
export async function buildWorkspaces(
  house: House,
  permit: Pick<Permit, 'id' | 'data' | 'snapshots'>,
  optOutOverride: boolean,
): Promise<Record<string, string>> {
  const out = join(house.directory, 'workspaces', permit.id)
  const escrow = join(house.directory, 'escrow', permit.id)
  const snapshots = await newestSnapshots(house, permit.data)
  const workspaces: Record<string, string> = {}
  await writeFile(pending(house, permit.id), '')
  try {
    for (const [id, snapshot] of Object.entries(snapshots)) {
      if (snapshot.digest !== permit.snapshots[id])
        throw new Problem('conflict', {
          place: `dataset/${id}`,
          reason: 'A newer snapshot was published.',
        })
      const built = await withOpened(house, snapshot, (open) =>
        buildWorkspace(house, {
          permit: permit.id,
          snapshot: open,
          dictionary: house.dictionary,
          scope: permit.data,
          out,
          escrow,
          optOutOverride,
        }),
      )
      workspaces[id] = built.digest
    }
    return workspaces
  } catch (error) {
    await forgetWorkspaces(house, permit.id).catch(() => undefined)
    throw error
  }
}

const PENDING = '.pending'
const pending = (house: House, permit: string): string =>
  join(house.directory, 'workspaces', `${permit}${PENDING}`)

/** The permit is in the store: its workspaces stay. */
export const keepWorkspaces = (house: House, permit: string): Promise<void> =>
  rm(pending(house, permit), { force: true })

/**
 * What a permit that was never issued leaves behind: nothing. Where the store cannot say whether it was issued, all
 * stays until the next start.
 */
export async function forgetWorkspaces(house: House, permit: string): Promise<void> {
  if ((await house.store.get('permit', permit)) === undefined)
    for (const room of ['workspaces', 'escrow'])
      await rm(join(house.directory, room, permit), { recursive: true, force: true })
  await keepWorkspaces(house, permit)
}

/** At start: a crash between the building of workspaces and the issue of their permit. Only what is marked is touched. */
export async function forgetUnissued(house: House): Promise<void> {
  for (const name of await readdir(join(house.directory, 'workspaces')))
    if (/^permit-\w+\.pending$/.test(name))
      await forgetWorkspaces(house, name.slice(0, -PENDING.length))
}
