import type { Spending } from '../disclosure/statement.ts'
import { UNBOUNDED } from '../disclosure/unbounded.ts'
import type { Analysis, Run } from '../domain/analysis.ts'
import type { Entities } from '../domain/capabilities.ts'
import type { Permit } from '../domain/permit.ts'
import { need } from './gate.ts'
import type { House } from './house.ts'

/** What runs have spent: one part per precision and threshold, and how much under each permit. */
export type Spent = Readonly<{
  parts: readonly Spending[]
  permits: readonly Readonly<{ permit: string; spent: number }>[]
}>

/**
 * What the runs of a permit, or over a dataset, were charged. A question of rho at variance V can enter at most rho V
 * thresholded cells (C / V per statistic), which is what its threshold terms are counted by, or by what its reducer decides
 * where that is more. Where the meter says more than
 * the runs (`total`; a meter of before there were lineages), the rest is taken at the least variance. Bounded questions
 * alone: what left exactly has no part.
 */
export async function spentBy(
  house: House,
  where: Readonly<{ permit: string } | { dataset: string }>,
  total: number,
): Promise<Spent> {
  const permits = remembering<Permit>(house, 'permit')
  const analyses = remembering<Analysis>(house, 'analysis')
  const parts = new Map<string, Spending>()
  const byPermit = new Map<string, number>()
  let counted = 0
  for await (const run of charged(house, where)) {
    const { k, rounding } = (await permits(run.permit)).conditions
    const { variance } = await analyses(run.analysis)
    byPermit.set(run.permit, (byPermit.get(run.permit) ?? 0) + run.charged)
    if (run.charged >= UNBOUNDED) continue
    counted += run.charged
    const known = Math.max(run.thresholds ?? 1, Math.floor(run.charged * variance + 1e-9))
    add(parts, {
      ...({ profile: 'standard', k, rounding, variance } as const),
      ...{ rho: run.charged, thresholds: known },
    })
  }
  const least = [...parts.values()].toSorted((a, b) => a.variance - b.variance)[0]
  const rest = (total % UNBOUNDED) - counted
  if (least !== undefined && rest > 1e-9)
    add(parts, { ...least, rho: rest, thresholds: Math.floor(rest * least.variance + 1e-9) })
  return {
    parts: [...parts.values()],
    permits: [...byPermit].map(([permit, spent]) => ({ permit, spent })),
  }
}

function add(parts: Map<string, Spending>, one: Spending): void {
  const key = JSON.stringify([one.k, one.rounding, one.variance])
  const before = parts.get(key)
  const rho = (before?.rho ?? 0) + one.rho
  const thresholds = Math.max(1, (before?.thresholds ?? 0) + one.thresholds)
  parts.set(key, { ...one, rho, thresholds })
}

async function* charged(
  house: House,
  where: Readonly<Record<string, string>>,
): AsyncGenerator<Run> {
  for (let after: string | undefined; ; ) {
    const page = await house.store.list('run', {
      where,
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    })
    for (const { value } of page.items) if (value.charged > 0) yield value
    after = page.next
    if (after === undefined) return
  }
}

/** Each entity is read once. */
function remembering<T extends Entities['permit' | 'analysis']>(
  house: House,
  kind: 'permit' | 'analysis',
): (id: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (id) => {
    const found = known.get(id) ?? need(house, kind, id).then(({ value }) => value as T)
    known.set(id, found)
    return found
  }
}
