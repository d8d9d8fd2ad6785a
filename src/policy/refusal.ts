import type { Decision } from '../domain/capabilities.ts'
import { Problem, type ProblemCode } from '../domain/problem.ts'

/** Rules that have a problem of their own; every other refusal is `refused-by-policy`. */
const codes: Readonly<Record<string, ProblemCode>> = {
  'ehds-55-3-role': 'wrong-role',
  'ehds-61-1-permit': 'permit-not-active',
  'ehds-63-3-revoked': 'permit-not-active',
  'ehds-68-12-expired': 'permit-not-active',
  'ehds-73-1-d-dataset': 'not-in-permit',
  'ehds-73-1-d-table': 'not-in-permit',
  'ehds-73-1-d-column': 'not-in-permit',
  'digest-differs': 'digest-mismatch',
  'analysis-not-approved': 'not-approved',
  'ehds-73-1-d-read': 'not-found',
  'review-digest': 'conflict',
}

/**
 * A refused decision as the one Problem that the caller sees. The first reason that has a problem of its own chooses
 * it, otherwise the first reason; `rules` names all of them and `reason` says all of them.
 */
export function refusal(decision: Decision): Problem {
  const leading = decision.reasons.find((it) => codes[it.rule] !== undefined) ?? decision.reasons[0]
  const rules = decision.reasons.map((it) => it.rule)
  const code = codes[leading?.rule ?? ''] ?? 'refused-by-policy'
  // Whether a thing exists is not told to who may not read it.
  if (code === 'not-found') return new Problem('not-found', { place: decision.name })
  return new Problem(code, {
    rule: leading?.rule ?? `${decision.name}-default-deny`,
    place: leading?.place ?? decision.name,
    reason: decision.reasons.map((it) => it.message).join(' ') || 'No rule allows this.',
    ...(leading?.article === undefined ? {} : { article: leading.article }),
    ...(leading?.fix === undefined ? {} : { fix: leading.fix }),
    ...(rules.length > 1 ? { rules: rules.join(' ') } : {}),
  })
}
