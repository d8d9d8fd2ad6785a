import { findings } from '../disclosure/reviewed/findings.ts'
import { highs } from '../disclosure/reviewed/lp.ts'
import { review } from '../disclosure/reviewed/reviewed.ts'
import type { Aggregate, Protected } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import type { Evidence } from '../domain/review.ts'

/** A table that may be checked for release, with evidence where humans have to judge it. */
export type Disclosed = Readonly<{ table: Protected; evidence?: Evidence }>

/**
 * The `reviewed` profile: exact numbers after complementary suppression, and the evidence of it. Such a table waits in the
 * airlock. A table that cannot be audited fails the run.
 */
export async function exact(
  aggregate: Aggregate,
  proven: Proven,
  rules: Readonly<{ k: number }>,
): Promise<Disclosed> {
  const { table, evidence } = review(aggregate, proven, rules, await highs())
  return { table, evidence: findings(evidence, rules.k) }
}
