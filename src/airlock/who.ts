import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Actor, Role } from '../domain/role.ts'
import type { ReviewStep } from './states.ts'

/** Table 2 of the airlock: who may, 55(3). What the state allows is states.ts, what is seen is visible.ts. */
export const WHO: Readonly<Record<ReviewStep, readonly Role[]>> = {
  inspect: ['output-checker'],
  vote: ['output-checker'],
  // The access body ends a review that does not end; never by a release.
  consolidate: ['output-checker', 'access-body'],
}

/** Whose work it is: the permit's persons and holder, who wrote the analysis, who asked for the run, and their organisations. */
export type Authors = Readonly<{
  permit: Pick<Permit, 'authorisedPersons' | 'holder'>
  requestedBy: string
  requesterOrganisation: string
  submittedBy: string
  submitterOrganisation: string
}>

const named = (organisation: string): string => organisation.trim().toLowerCase()

/** Which rule stands between an actor and the work of these authors, if any. */
export function partiality(
  actor: Actor,
  authors: Authors,
): 'ehds-55-3-author' | 'ehds-55-3-institution' | undefined {
  const { permit, requestedBy, submittedBy } = authors
  if ([requestedBy, submittedBy, ...permit.authorisedPersons].includes(actor.subject))
    return 'ehds-55-3-author'
  const { requesterOrganisation, submitterOrganisation } = authors
  const theirs = [permit.holder, requesterOrganisation, submitterOrganisation].map(named)
  const own = named(actor.organisation)
  return own === '' || theirs.includes(own) || theirs.includes('')
    ? 'ehds-55-3-institution'
    : undefined
}

/**
 * Throws `wrong-role`, or `refused-by-policy` for an author or somebody of their institution. The policy says the same
 * (policies/release); neither is enough alone.
 */
export function assertMay(step: ReviewStep, actor: Actor, authors: Authors, place: string): void {
  if (!WHO[step].includes(actor.role))
    throw new Problem('wrong-role', { place, needs: WHO[step].join(' or ') })
  const rule = partiality(actor, authors)
  if (rule !== undefined)
    throw new Problem('refused-by-policy', {
      rule,
      article: '55(3)',
      place,
      reason: 'Nobody checks their own work, nor that of their institution.',
      fix: 'Let another output checker do it.',
    })
}
