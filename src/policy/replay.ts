import type { DecisionName } from '../domain/capabilities.ts'
import { decisionNames } from '../domain/capabilities.ts'
import { digestOf } from '../domain/digest.ts'
import type { Event } from '../domain/event.ts'
import { type PolicyBundle, policyDigestOf, unavailable } from './bundle.ts'
import { createDecide } from './decide.ts'

export type LoggedDecision = NonNullable<Event['decision']>

export type Replayed = Readonly<{
  name: DecisionName
  allow: boolean
  rules: readonly string[]
  inputDigest: string
  policyDigest: string
  /** What the replay answers otherwise than the log; empty when the log tells the truth. */
  differences: readonly ('allow' | 'rules' | 'inputDigest')[]
}>

/**
 * Evaluates a logged decision once more, with the policy that made it. Throws `policy-unavailable` (rule
 * `policy-replaced`) when the bundle is another policy than the logged one: restore that policy.wasm and policy.json.
 */
export async function replay(bundle: PolicyBundle, logged: LoggedDecision): Promise<Replayed> {
  const decide = await createDecide(bundle)
  const policyDigest = policyDigestOf(bundle.metadata)
  if (logged.policyDigest !== policyDigest)
    throw unavailable('policy-replaced', 'The decision was made by another policy.')
  const name = decisionNames.find((it) => it === logged.name)
  if (name === undefined) throw unavailable('policy-name', 'There is no decision of this name.')
  const answer = decide(name, logged.input)
  const rules = answer.reasons.map((reason) => reason.rule)
  const same = {
    allow: answer.allow === logged.allow,
    rules: digestOf(rules) === digestOf(logged.rules),
    inputDigest: answer.inputDigest === logged.inputDigest,
  }
  const differences = (['allow', 'rules', 'inputDigest'] as const).filter((it) => !same[it])
  return {
    name,
    allow: answer.allow,
    rules,
    inputDigest: answer.inputDigest,
    policyDigest,
    differences,
  }
}
