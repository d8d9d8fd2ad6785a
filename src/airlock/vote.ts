import type { Output } from '../domain/analysis.ts'
import { Problem } from '../domain/problem.ts'
import type { Review, Verdict, Vote } from '../domain/review.ts'
import type { Actor } from '../domain/role.ts'
import { tableDigest } from './release.ts'
import { allowed, type ReviewStep, standing } from './states.ts'
import { type Authors, assertMay } from './who.ts'

export type Ballot = Readonly<{ verdict: Verdict; comment: string; digest: string }>

/**
 * The output with one vote more: the first, blind word of a checker. Throws `wrong-role`, `refused-by-policy`
 * (55(3), `review-once`), `bad-transition` where it waits for no vote, and `conflict` (`review-digest`) where the output,
 * an earlier vote and the ballot do not speak of the same bytes.
 */
export function cast(
  output: Output,
  actor: Actor,
  authors: Authors,
  ballot: Ballot,
  at: string,
): Output {
  assertMay('vote', actor, authors, `output/${output.id}`)
  const review = reviewOf(output, 'vote')
  assertSameBytes(output, review, ballot)
  if (review.votes.some((it) => it.by === actor.subject))
    throw refused(output, 'review-once', {
      article: '73(2)',
      reason: 'Each checker votes once.',
      fix: 'Wait for the other votes; after a disagreement the vote can be restated.',
    })
  return withVote(output, review, voteOf(actor, ballot, at, 1))
}

/**
 * The explicit step after a disagreement. A checker who voted says their last word, having seen the others'; the access
 * body may end the review, but not by a release. Throws as `cast` does.
 */
export function consolidated(
  output: Output,
  actor: Actor,
  authors: Authors,
  ballot: Ballot,
  at: string,
): Output {
  assertMay('consolidate', actor, authors, `output/${output.id}`)
  const review = reviewOf(output, 'consolidate')
  const { verdict, comment } = ballot
  if (actor.role === 'access-body') {
    if (verdict === 'release')
      throw refused(output, 'ehds-55-3-release', {
        article: '55(3)',
        reason: 'The access body may end a review, but releases are for output checkers.',
        fix: 'Withhold or return it, or ask the checkers to restate their votes.',
      })
    return { ...output, review: { ...review, closed: { verdict, by: actor.subject, at, comment } } }
  }
  assertSameBytes(output, review, ballot)
  if (standing(review) !== 'disagreed') throw notNow(output, 'There is no disagreement to settle.')
  const own = review.votes.filter((it) => it.by === actor.subject)
  if (own.length !== 1)
    throw refused(output, 'review-once', {
      article: '73(2)',
      reason: 'Each checker who voted restates their vote once.',
      fix: 'Wait for the other checkers.',
    })
  return withVote(output, review, voteOf(actor, ballot, at, 2))
}

const withVote = (output: Output, review: Review, vote: Vote): Output => ({
  ...output,
  review: { ...review, votes: [...review.votes, vote] },
})

const refused = (
  { id }: Output,
  rule: string,
  facts: Readonly<{ article: string; reason: string; fix: string }>,
): Problem => new Problem('refused-by-policy', { rule, place: `output/${id}`, ...facts })

/** Whether the actor has said exactly this in this step already: saying it again does nothing. */
export function isRepeat(
  { review }: Output,
  actor: Actor,
  step: 'vote' | 'consolidate',
  { verdict, comment, digest }: Ballot,
): boolean {
  if (actor.role === 'access-body')
    return review?.closed?.by === actor.subject && review.closed.verdict === verdict
  const round = step === 'vote' ? 1 : 2
  return (review?.votes ?? []).some(
    (it) =>
      it.by === actor.subject &&
      it.round === round &&
      it.verdict === verdict &&
      it.comment === comment &&
      it.digest === digest,
  )
}

function reviewOf(output: Output, step: ReviewStep): Review {
  if (output.review === undefined || !allowed(output).includes(step))
    throw notNow(output, 'The output does not wait for this.')
  return output.review
}

const notNow = (output: Output, reason: string): Problem =>
  new Problem('bad-transition', { place: `output/${output.id}`, rule: 'review-state', reason })

/** A vote is for bytes, not for a name: table, recorded digest, ballot and every earlier vote must agree. */
function assertSameBytes(output: Output, review: Review, { digest }: Ballot): void {
  const same =
    tableDigest(output.table) === output.digest &&
    digest === output.digest &&
    review.votes.every((it) => it.digest === output.digest)
  if (!same)
    throw new Problem('conflict', {
      rule: 'review-digest',
      article: '73(2)',
      place: `output/${output.id}`,
      reason: 'The output is not the one that was voted on.',
      fix: 'Read it again; an output that changed after a vote is withheld and run anew.',
    })
}

const voteOf = (actor: Actor, ballot: Ballot, at: string, round: Vote['round']): Vote => ({
  by: actor.subject,
  organisation: actor.organisation,
  verdict: ballot.verdict,
  comment: ballot.comment,
  digest: ballot.digest,
  at,
  round,
})
