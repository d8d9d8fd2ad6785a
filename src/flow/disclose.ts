import { toAggregate } from '../analysis/aggregate.ts'
import { protect } from '../disclosure/protect.ts'
import { findings } from '../disclosure/reviewed/findings.ts'
import { highs } from '../disclosure/reviewed/lp.ts'
import { review } from '../disclosure/reviewed/reviewed.ts'
import { rowsPerPerson } from '../disclosure/statement.ts'
import type { Analysis } from '../domain/analysis.ts'
import type { Dictionary } from '../domain/dataset.ts'
import type { Protected, Rows } from '../domain/glass.ts'
import type { Permit } from '../domain/permit.ts'
import type { Proven } from '../domain/proven.ts'
import type { Evidence } from '../domain/review.ts'
import { answerCube } from './cube.ts'
import type { House } from './house.ts'

/** A protected table, with evidence where humans have to judge it. */
export type Disclosed = Readonly<{ table: Protected; evidence?: Evidence }>

type Question = Readonly<{
  permit: Permit
  analysis: Analysis
  dictionary: Dictionary
  dataset: string
  proven: Proven
}>

/**
 * From a proven question to what may leave, by the profile of the permit: `standard` adds noise, `reviewed` shows exact
 * numbers after complementary suppression, `cube` changes counts by cell keys; the latter two wait in the airlock. `ask` runs
 * a printing of ours over the workspace. A table that a profile cannot protect fails.
 */
export async function disclose(
  house: House,
  question: Question,
  ask: (sql: string) => Promise<Rows>,
): Promise<Disclosed> {
  const { permit, analysis, proven } = question
  const { profile, k, rounding } = permit.conditions
  const workspace = permit.workspaces[question.dataset] ?? ''
  const aggregate = toAggregate(await ask(proven.sql), proven)
  switch (profile) {
    case 'standard': {
      const rules = {
        profile,
        k,
        rounding,
        variance: analysis.variance,
        workspace,
        rowsPerPerson: rowsPerPerson(proven, question.dictionary),
      }
      return { table: protect(aggregate, proven, rules, house.keys.noise) }
    }
    case 'reviewed': {
      const { table, evidence } = review(aggregate, proven, { k }, await highs())
      return { table, evidence: findings(evidence, k) }
    }
    case 'cube':
      return { table: await answerCube(house, { permit, proven, aggregate, workspace, ask }) }
  }
}
