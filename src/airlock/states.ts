import type { Output } from '../domain/analysis.ts'
import type { Review, Verdict, Vote } from '../domain/review.ts'

/** Table 1 of the airlock: what the state of an output allows. Who may is who.ts, what is seen is visible.ts. */

export type ReviewStep = 'inspect' | 'vote' | 'consolidate'

/** Where the votes stand: `blind` votes are missing, `disagreed` waits for a word after seeing, else the outcome. */
export type Standing = 'blind' | 'disagreed' | Verdict

export const ALLOWED: Readonly<Record<Standing | 'closed', readonly ReviewStep[]>> = {
  blind: ['inspect', 'vote', 'consolidate'],
  disagreed: ['inspect', 'consolidate'],
  release: ['inspect'],
  withhold: ['inspect'],
  return: ['inspect'],
  closed: [],
}

/**
 * What the verdicts come to once all are in. Nobody is overruled towards release: one objection is enough that the
 * output does not leave, and whoever objected must themselves say otherwise. A disagreement that outlives the second
 * round is `withhold`.
 */
export const OUTCOME: Readonly<
  Record<string, readonly [afterBlind: Standing, afterSeeing: Verdict]>
> = {
  release: ['release', 'release'],
  withhold: ['withhold', 'withhold'],
  return: ['return', 'return'],
  'release+return': ['return', 'return'],
  'release+withhold': ['disagreed', 'withhold'],
  'return+withhold': ['return', 'return'],
  'release+return+withhold': ['return', 'return'],
}

/** The last word of each checker, in the order in which they first spoke. */
export function standingVotes({ votes }: Pick<Review, 'votes'>): readonly Vote[] {
  const last = new Map<string, Vote>()
  for (const vote of votes) last.set(vote.by, vote)
  return [...last.values()]
}

/** Whether every vote that is needed is in: from here on checkers see each other's. */
export const complete = (review: Review): boolean => standingVotes(review).length >= review.needed

/** Where a review stands, from its votes alone. */
export function standing(review: Review): Standing {
  if (!complete(review)) return 'blind'
  const votes = standingVotes(review)
  const key = [...new Set(votes.map((it) => it.verdict))].sort().join('+')
  const [afterBlind, afterSeeing] = OUTCOME[key] ?? (['withhold', 'withhold'] as const)
  return votes.every((it) => it.round === 2) ? afterSeeing : afterBlind
}

/** The steps that an output allows now; none where it is not in the queue. */
export const allowed = ({ queue, review }: Output): readonly ReviewStep[] =>
  queue !== 'open' || review === undefined || review.closed !== undefined
    ? ALLOWED.closed
    : ALLOWED[standing(review)]
