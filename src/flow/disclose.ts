import { toAggregate } from '../analysis/aggregate.ts'
import type { ExactFrame } from '../analysis/exact.ts'
import { findings as judged } from '../disclosure/declared/checks.ts'
import { declaredTable, modelStatement } from '../disclosure/declared/table.ts'
import { protect } from '../disclosure/protect.ts'
import { findings } from '../disclosure/reviewed/findings.ts'
import { fitExact } from '../disclosure/reviewed/fit.ts'
import { highs } from '../disclosure/reviewed/lp.ts'
import { review } from '../disclosure/reviewed/reviewed.ts'
import { rowsPerPerson } from '../disclosure/statement.ts'
import type { Analysis, Output } from '../domain/analysis.ts'
import type { Keys } from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
import type { Protected, Rows } from '../domain/glass.ts'
import type { Permit } from '../domain/permit.ts'
import type { Proven } from '../domain/proven.ts'
import type { Evidence } from '../domain/review.ts'
import { answerCube } from './cube.ts'
import type { House } from './house.ts'
import type { ProvenQuestion } from './prove.ts'
import { reduced } from './reduce.ts'

/** A protected table, with evidence where humans have to judge it. */
export type Disclosed = Readonly<{ table: Protected; evidence?: Evidence }> &
  Pick<Output, 'declared' | 'log'>

/** An exact model or curve, judged by the checks of a script's; it waits for its checkers like any other. */
function exactModel({ spec, columns }: ExactFrame, { rows }: Rows, k: number): Disclosed {
  // The engine answers in no order, and sums of floating point have one: the same persons give the same bytes.
  const keyed = rows.map((row) => [row.map(String).join('\0'), row] as const)
  const sorted = keyed.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row)
  const fitted = fitExact(spec, { columns, rows: sorted }, { k })
  return { table: declaredTable(fitted, modelStatement(k)), evidence: judged(fitted, { k }) }
}

type Asking = Readonly<{
  permit: Permit
  analysis: Analysis
  dictionary: Dictionary
  dataset: string
}>

type Noising = Readonly<{
  dictionary: Dictionary
  rules: Readonly<{ k: number; rounding: number; variance: number; workspace: string }>
}>

/** The `standard` profile: noise on every number, a threshold with margin on every cell. */
export async function noised(
  { keys }: Readonly<{ keys: Pick<Keys, 'noise'> }>,
  { dictionary, rules: given }: Noising,
  { proven, framed }: ProvenQuestion,
  ask: (of: Proven) => Promise<Rows>,
): Promise<Protected> {
  const rules = {
    ...given,
    profile: 'standard',
    rowsPerPerson: rowsPerPerson(proven, dictionary),
  } as const
  const aggregate = async (of: Proven) => toAggregate(await ask(of), of)
  if (framed !== undefined) return reduced(framed, aggregate, rules, keys.noise)
  return protect(await aggregate(proven), proven, rules, keys.noise)
}

/**
 * From a proven question to what may leave, by the profile of the permit: `standard` adds noise, `reviewed` shows exact
 * numbers after complementary suppression, `cube` changes counts by cell keys; the latter two wait in the airlock. `ask` runs
 * a printing of ours over the workspace. A table that a profile cannot protect fails.
 */
export async function disclose(
  house: House,
  asking: Asking,
  question: ProvenQuestion,
  ask: (of: Proven) => Promise<Rows>,
): Promise<Disclosed> {
  const { proven, exact } = question
  const { permit, analysis } = asking
  const { profile, k, rounding } = permit.conditions
  const workspace = permit.workspaces[asking.dataset] ?? ''
  const aggregate = async (of: Proven) => toAggregate(await ask(of), of)
  switch (profile) {
    case 'standard': {
      const rules = { k, rounding, variance: analysis.variance, workspace }
      return { table: await noised(house, { ...asking, rules }, question, ask) }
    }
    case 'reviewed': {
      if (exact !== undefined) return exactModel(exact, await ask(proven), k)
      const { table, evidence } = review(await aggregate(proven), proven, { k }, await highs())
      return { table, evidence: findings(evidence, k) }
    }
    case 'cube': {
      const exact = await aggregate(proven)
      return {
        table: await answerCube(house, { permit, proven, aggregate: exact, workspace, ask }),
      }
    }
  }
}
