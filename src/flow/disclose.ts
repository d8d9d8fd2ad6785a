import { toAggregate } from '../analysis/aggregate.ts'
import { protect } from '../disclosure/protect.ts'
import { findings } from '../disclosure/reviewed/findings.ts'
import { highs } from '../disclosure/reviewed/lp.ts'
import { review } from '../disclosure/reviewed/reviewed.ts'
import type { Analysis } from '../domain/analysis.ts'
import type { Protected, Rows } from '../domain/glass.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'
import type { Evidence } from '../domain/review.ts'
import type { House } from './house.ts'

/** A protected table, with evidence where humans have to judge it. */
export type Disclosed = Readonly<{ table: Protected; evidence?: Evidence }>

/**
 * From rows to what may leave, by the profile of the permit: `standard` adds noise, `reviewed` shows exact numbers after
 * complementary suppression and waits in the airlock. A table that a profile cannot protect fails.
 */
export async function disclose(
  house: House,
  rows: Rows,
  proven: Proven,
  asked: Readonly<{ permit: Permit; analysis: Analysis; dataset: string }>,
): Promise<Disclosed> {
  const { profile, k, rounding } = asked.permit.conditions
  const aggregate = toAggregate(rows, proven)
  switch (profile) {
    case 'standard': {
      const workspace = asked.permit.workspaces[asked.dataset] ?? ''
      const rules = { profile, k, rounding, variance: asked.analysis.variance, workspace }
      return { table: protect(aggregate, proven, rules, house.keys.noise) }
    }
    case 'reviewed': {
      const { table, evidence } = review(aggregate, proven, { k }, await highs())
      return { table, evidence: findings(evidence, k) }
    }
    case 'cube':
      throw new Problem('run-failed', { rule: 'cube-is-published-by-the-access-body' })
  }
}
