import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatasetRecord, Store, Versioned } from '../domain/capabilities.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Actor } from '../domain/role.ts'
import { gate } from './gate.ts'
import type { House } from './house.ts'
import { now } from './inputs.ts'

/** Every permit that may still run: what it pins must stay. */
export async function grantedPermits(store: Store): Promise<readonly Permit[]> {
  const found: Permit[] = []
  for (let after: string | undefined; ; ) {
    const page = await store.list('permit', {
      where: { state: 'granted' },
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    })
    found.push(...page.items.map((it) => it.value))
    after = page.next
    if (after === undefined) return found
  }
}

/** Identifiers of the permits that pin a snapshot (71(3): a permit's population is that of its snapshots). */
export const pinning = (permits: readonly Permit[], digest: string): readonly string[] =>
  permits.filter((it) => Object.values(it.snapshots).includes(digest)).map((it) => it.id)

/**
 * A data holder removes an earlier snapshot, named by its digest or an unambiguous beginning of it. Answers the digest.
 * Throws `not-found`, `invalid-input` where the beginning fits several, and `bad-transition`: `snapshot-newest`, or
 * `snapshot-pinned` while a granted permit pins it.
 */
export async function removeSnapshot(house: House, actor: Actor, named: string): Promise<string> {
  const { dataset, digest } = await find(house, named)
  const { value, version } = dataset
  const about = `dataset/${value.id}`
  const { result } = await gate(house, {
    actor,
    decision: 'load',
    about,
    input: { actor, now: now(house), dataset: { id: value.id, holder: value.holder } },
    act: async () => {
      if (value.snapshots.at(-1)?.digest === digest)
        throw refused('snapshot-newest', 'The newest snapshot is what the next permit pins.')
      const pins = pinning(await grantedPermits(house.store), digest)
      if (pins.length > 0)
        throw refused('snapshot-pinned', `A granted permit pins it: ${pins.join(', ')}.`)
      // Files first: after a crash here the record still names it, and the same command finishes the work.
      await rm(join(house.directory, 'snapshots', digest), { recursive: true, force: true })
      const snapshots = value.snapshots.filter((it) => it.digest !== digest)
      return {
        change: [{ put: 'dataset', value: { ...value, snapshots }, version }],
        events: [{ type: 'snapshot-removed', about, facts: { snapshot: digest } }],
        result: digest,
      }
    },
  })
  return result
}

type Found = Readonly<{ dataset: Versioned<DatasetRecord>; digest: string }>

async function find(house: House, named: string): Promise<Found> {
  const { items } = await house.store.list('dataset', { limit: 1000 })
  const fits = new Map<string, Found>()
  if (/^[0-9a-f]{8,64}$/.test(named))
    for (const dataset of items)
      for (const { digest } of dataset.value.snapshots)
        if (digest.startsWith(named)) fits.set(digest, { dataset, digest })
  const [found, another] = fits.values()
  if (found === undefined) throw new Problem('not-found', { place: 'DIGEST' })
  if (another !== undefined)
    throw new Problem('invalid-input', {
      place: 'DIGEST',
      rule: 'snapshot-ambiguous',
      reason: 'Several snapshots begin so.',
      fix: 'Give more of the digest; snapshot ls --json prints all of it.',
    })
  return found
}

const refused = (rule: string, reason: string): Problem =>
  new Problem('bad-transition', {
    rule,
    place: 'DIGEST',
    reason,
    fix: 'vitrine snapshot ls says what pins what.',
  })
