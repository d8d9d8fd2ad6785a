import { permitStatement } from '../disclosure/statement.ts'
import type { Page, Versioned } from '../domain/capabilities.ts'
import type { PrivacyStatement } from '../domain/glass.ts'
import { type Permit, permitTransitions } from '../domain/permit.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { gate, need } from './gate.ts'
import type { House } from './house.ts'
import { assertReadable, mayRead, now } from './inputs.ts'
import { type PageOf, pageOptions, values } from './page.ts'

export type Meter = Readonly<{ budget: number; spent: number; left: number }>
export type PermitView = Permit & Readonly<{ privacy: PrivacyStatement; meter: Meter }>

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
    assertReadable(house, actor, { kind: 'permit', id, persons: found.value.authorisedPersons })
  if (found.value.state !== 'granted' || house.clock.now() < new Date(found.value.expiresAt))
    return found
  const expired: Permit = {
    ...found.value,
    state: move(permitTransitions, found.value.state, 'expired', 'gateway'),
  }
  await house.store.commit(
    [{ put: 'permit', value: expired, version: found.version }],
    [{ type: 'permit-expired', actor: gatewayActor, about: `permit/${id}`, facts: {} }],
  )
  return { value: expired, version: found.version + 1 }
}

export const meterOf = async (house: House, permit: Permit): Promise<Meter> => {
  const spent = await house.store.spent(permit.id)
  const budget = permit.conditions.rho
  return { budget, spent, left: Math.max(0, budget - spent) }
}

export async function viewPermit(house: House, permit: Permit): Promise<PermitView> {
  return {
    ...permit,
    privacy: permitStatement(permit.conditions),
    meter: await meterOf(house, permit),
  }
}

export async function listPermits(
  house: House,
  actor: Actor,
  page: PageOf,
): Promise<Page<PermitView>> {
  const { items, next } = values(await house.store.list('permit', pageOptions(page)))
  const visible = items.filter((it) =>
    mayRead(house, actor, { kind: 'permit', persons: it.authorisedPersons }),
  )
  const views = await Promise.all(visible.map((it) => viewPermit(house, it)))
  return { items: views, ...(next === undefined ? {} : { next }) }
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
