import { meterName } from '../disclosure/compose.ts'
import { permitStatement } from '../disclosure/statement.ts'
import type { Page, Versioned } from '../domain/capabilities.ts'
import type { PrivacyStatement } from '../domain/glass.ts'
import { type Permit, permitTransitions } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { gate, need } from './gate.ts'
import type { House } from './house.ts'
import { assertReadable, mayRead, now } from './inputs.ts'
import { type PageOf, pageOptions } from './page.ts'

export type Meter = Readonly<{ budget: number; spent: number; left: number }>
export type GroupMeter = Meter & Readonly<{ name: string }>
export type PermitView = Permit &
  Readonly<{ privacy: PrivacyStatement; meter: Meter; group?: GroupMeter }>

/**
 * The permit as it is now: a permit whose time has passed is moved to `expired` first, so that no step can use the
 * stored word. A data user who is not listed (73(1)(a)) cannot see it.
 */
export async function permitNow(
  house: House,
  id: string,
  actor?: Actor,
): Promise<Versioned<Permit>> {
  const found = await need(house, 'permit', id)
  if (actor !== undefined)
    assertReadable(house, actor, {
      kind: 'permit',
      id,
      persons: found.value.authorisedPersons,
      holders: (await holdersOf(house, actor))(found.value),
    })
  return upToDate(house, found)
}

async function upToDate(house: House, found: Versioned<Permit>): Promise<Versioned<Permit>> {
  const { id } = found.value
  if (found.value.state !== 'granted' || house.clock.now() < new Date(found.value.expiresAt))
    return found
  const expired: Permit = {
    ...found.value,
    state: move(permitTransitions, found.value.state, 'expired', 'gateway'),
  }
  try {
    await house.store.commit(
      [{ put: 'permit', value: expired, version: found.version }],
      [{ type: 'permit-expired', actor: gatewayActor, about: `permit/${id}`, facts: {} }],
    )
  } catch (error) {
    // Another reader was first, or a revocation: what they wrote is what counts.
    if (error instanceof Problem && error.code === 'conflict') return need(house, 'permit', id)
    throw error
  }
  return { value: expired, version: found.version + 1 }
}

export const meterOf = async (house: House, permit: Permit): Promise<Meter> => {
  const spent = await house.store.spent(meterName.permit(permit.id))
  const budget = permit.conditions.rho
  return { budget, spent, left: Math.max(0, budget - spent) }
}

/** The meter that a permit shares with those of its group, where it has one. */
export async function groupMeterOf(house: House, permit: Permit): Promise<GroupMeter | undefined> {
  const { group } = permit.conditions
  if (group === undefined) return undefined
  const spent = await house.store.spent(meterName.group(group.name))
  return { ...group, spent, left: Math.max(0, group.budget - spent) }
}

export async function viewPermit(house: House, permit: Permit): Promise<PermitView> {
  const group = await groupMeterOf(house, permit)
  return {
    ...permit,
    snapshots: shownSnapshots(house, permit),
    privacy: permitStatement(permit.conditions),
    meter: await meterOf(house, permit),
    ...(group === undefined ? {} : { group }),
  }
}

/** The permit with its signature over the published document: everything but the state, which changes without it. */
export async function signed(house: House, permit: Omit<Permit, 'jws'>): Promise<Permit> {
  const { state: _, ...document } = permit
  const shown = { ...document, snapshots: shownSnapshots(house, permit) }
  return { ...permit, jws: await house.keys.signJws(shown, 'vitrine-permit+jwt') }
}

/**
 * How a snapshot is named to anybody outside. Its own digest is a function of the data alone: who knows everybody's records
 * but one person's could test a guess of them by loading it, with certainty.
 */
export const shownSnapshot = (house: House, digest: string): string =>
  house.keys.blind(`snapshot/${digest}`)

const shownSnapshots = (house: House, { snapshots }: Pick<Permit, 'snapshots'>) =>
  Object.fromEntries(Object.entries(snapshots).map(([id, it]) => [id, shownSnapshot(house, it)]))

/** Who holds the datasets of a permit. Only a data holder is judged by it, so nobody else waits for it. */
async function holdersOf(house: House, actor: Actor): Promise<(permit: Permit) => string[]> {
  if (actor.role !== 'data-holder') return () => []
  const { items } = await house.store.list('dataset', { limit: 1000 })
  const holders = new Map(items.map(({ value }) => [value.id, value.holder]))
  return ({ data }) => data.datasets.flatMap((id) => holders.get(id) ?? [])
}

/**
 * What the actor may see of the permits, as they are now. A page may hold fewer than `limit`, but it is empty only at the
 * end, and it has a next one only if that holds something: nobody counts the permits of others by turning pages.
 */
export async function listPermits(
  house: House,
  actor: Actor,
  page: PageOf,
): Promise<Page<PermitView>> {
  const shown = await visiblePage(house, actor, page)
  const items = await Promise.all(
    shown.items.map(async (it) => viewPermit(house, (await upToDate(house, it)).value)),
  )
  if (shown.next === undefined) return { items }
  const rest = await visiblePage(house, actor, { limit: page.limit, after: shown.next })
  return { items, ...(rest.items.length === 0 ? {} : { next: shown.next }) }
}

/** The first page, from `page.after` on, of which the actor may see anything. */
async function visiblePage(
  house: House,
  actor: Actor,
  page: PageOf,
): Promise<Page<Versioned<Permit>>> {
  const { items, next } = await house.store.list('permit', pageOptions(page))
  const holders = await holdersOf(house, actor)
  const visible = items.filter(({ value }) =>
    mayRead(house, actor, {
      kind: 'permit',
      persons: value.authorisedPersons,
      holders: holders(value),
    }),
  )
  if (visible.length > 0 || next === undefined)
    return { items: visible, ...(next === undefined ? {} : { next }) }
  return visiblePage(house, actor, { ...page, after: next })
}

/** Article 63(3): processing stops without undue delay; the jobs of the permit are killed, then it is recorded. */
export async function revokePermit(
  house: House,
  actor: Actor,
  id: string,
  reason: string,
): Promise<PermitView> {
  const { value, version } = await permitNow(house, id)
  const { result } = await gate(house, {
    actor,
    decision: 'permit',
    about: `permit/${id}`,
    input: { step: 'revoke', actor, now: now(house), permit: value, reason },
    act: () => {
      const revoked: Permit = {
        ...value,
        state: move(permitTransitions, value.state, 'revoked', actor.role),
      }
      return {
        change: [{ put: 'permit', value: revoked, version }],
        events: [{ type: 'permit-revoked', about: `permit/${id}`, facts: {} }],
        result: revoked,
      }
    },
  })
  for (const running of house.running.values()) if (running.permit === id) running.abort()
  return viewPermit(house, result)
}
