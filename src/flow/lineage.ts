import { combined, meterName } from '../disclosure/compose.ts'
import { UNBOUNDED, unbounded } from '../disclosure/unbounded.ts'
import type { PrivacyStatement } from '../domain/glass.ts'
import type { Actor } from '../domain/role.ts'
import { need } from './gate.ts'
import type { House } from './house.ts'
import { assertReadable } from './inputs.ts'
import { type Spent, spentBy } from './spending.ts'

export type Lineage = Readonly<{
  dataset: string
  /** rho of all questions that left with noise. */
  spent: number
  /** Questions whose answers left exactly. */
  exact: number
  privacy?: PrivacyStatement
  permits: Spent['permits']
}>

/**
 * What all permits together have spent on a dataset, over all its snapshots: the bound on whoever sees every answer. It
 * stops nobody. The access body and the auditor see every lineage, a data holder their own; `not-found` for anybody else.
 */
export async function viewLineage(house: House, actor: Actor, id: string): Promise<Lineage> {
  const { value: dataset } = await need(house, 'dataset', id)
  assertReadable(house, actor, { kind: 'meter', id, persons: [], holders: [dataset.holder] })
  const total = await house.store.spent(meterName.lineage(id))
  const { parts, permits } = await spentBy(house, { dataset: id }, total)
  const exact = Math.floor(total / UNBOUNDED)
  const privacy = statementOf(parts, exact)
  return {
    dataset: id,
    spent: total % UNBOUNDED,
    exact,
    permits,
    ...(privacy === undefined ? {} : { privacy }),
  }
}

function statementOf(parts: Spent['parts'], exact: number): PrivacyStatement | undefined {
  if (exact > 0)
    return unbounded(
      'reviewed',
      Math.min(...parts.map((it) => it.k), 1),
      `${exact} answers left exactly after review: no bound holds over what all permits learn together.`,
    )
  return parts.length === 0 ? undefined : combined(parts)
}
