import { meterName } from '../disclosure/compose.ts'
import type { Versioned, Write } from '../domain/capabilities.ts'
import type { Conditions, Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Actor } from '../domain/role.ts'
import { gate, type Happened } from './gate.ts'
import type { House } from './house.ts'
import { now } from './inputs.ts'
import { type PermitView, permitNow, signed, viewPermit } from './permit.ts'

export type BudgetBody = Readonly<{ rho: number; group?: number | undefined; reason: string }>

/**
 * The only way a budget changes: the access body gives the permit, and where it says so its group, a new one. Each permit
 * it concerns becomes a new version with a new signature; the group's other permits too, in the same commit. Throws
 * `refused-by-policy` below what is spent or above the policy, `budget-exhausted` where a charge came in between.
 */
export async function renewBudget(
  house: House,
  actor: Actor,
  id: string,
  body: BudgetBody,
): Promise<PermitView> {
  const found = await permitNow(house, id)
  const { value: permit } = found
  const shared = sharedOf(permit, body)
  const { jws: _, ...described } = permit
  const own = { budget: body.rho, spent: await house.store.spent(meterName.permit(id)) }
  const group = shared && {
    budget: shared.budget,
    spent: await house.store.spent(meterName.group(shared.name)),
  }
  const { result } = await gate(house, {
    actor,
    decision: 'permit',
    about: `permit/${id}`,
    input: {
      step: 'renew',
      actor,
      now: now(house),
      reason: body.reason,
      permit: described,
      own,
      ...(group === undefined ? {} : { group }),
    },
    act: async () => {
      const renewed = await renewal(house, found, {
        rho: body.rho,
        ...(shared && { group: shared }),
      })
      const writes = shared === undefined ? [] : await renewOthers(house, id, shared)
      return {
        change: [
          renewed,
          ...writes,
          ...kept(permit, { [meterName.permit(id)]: body.rho }),
          ...(shared ? kept(permit, { [meterName.group(shared.name)]: shared.budget }) : []),
        ],
        events: [told(renewed), ...writes.map(told)],
        result: renewed.value,
      }
    },
  })
  return viewPermit(house, result)
}

/** Granted permits that the access body declared to be of this group. */
export async function groupMembers(
  house: House,
  name: string,
): Promise<readonly Versioned<Permit>[]> {
  const found: Versioned<Permit>[] = []
  for (let after: string | undefined; ; ) {
    const page = await house.store.list('permit', {
      where: { state: 'granted' },
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    })
    found.push(...page.items.filter(({ value }) => value.conditions.group?.name === name))
    after = page.next
    if (after === undefined) return found
  }
}

function sharedOf({ conditions }: Permit, { group }: BudgetBody): Conditions['group'] {
  if (group === undefined) return undefined
  if (conditions.group !== undefined) return { ...conditions.group, budget: group }
  throw new Problem('invalid-input', {
    rule: 'permit-without-group',
    place: 'body/group',
    reason: 'The permit belongs to no group.',
    fix: 'Renew its own budget only.',
  })
}

async function renewOthers(
  house: House,
  id: string,
  group: NonNullable<Conditions['group']>,
): Promise<Renewal[]> {
  const members = await groupMembers(house, group.name)
  const others = members.filter(({ value }) => value.id !== id)
  return Promise.all(others.map((it) => renewal(house, it, { group })))
}

type Renewal = Extract<Write, { put: 'permit' }>

async function renewal(
  house: House,
  { value, version }: Versioned<Permit>,
  conditions: Partial<Conditions>,
): Promise<Renewal> {
  const { jws: _, ...permit } = value
  const renewed = await signed(house, {
    ...permit,
    version: permit.version + 1,
    conditions: { ...permit.conditions, ...conditions },
  })
  return { put: 'permit', value: renewed, version }
}

/** A charge of nothing: under the meter's lock it holds that what is spent still fits the new budget. */
const kept = (permit: Permit, budgets: Readonly<Record<string, number>>): Write[] =>
  Object.entries(budgets).map(([charge, budget]) => ({
    charge,
    key: `renewal/${permit.id}/${permit.version + 1}`,
    rho: 0,
    budget,
  }))

const told = ({ value }: Renewal): Happened => ({
  type: 'budget-renewed',
  about: `permit/${value.id}`,
  facts: {
    version: value.version,
    rho: value.conditions.rho,
    ...(value.conditions.group === undefined ? {} : { group: value.conditions.group }),
  },
})
