import type { Output } from '../domain/analysis.ts'
import type { Vote } from '../domain/review.ts'
import type { Actor } from '../domain/role.ts'
import { complete, standingVotes } from './states.ts'

/** Table 3 of the airlock: what is visible, to whom, when. What the state allows is states.ts, who may is who.ts. */
type Part =
  | 'state'
  | 'clock'
  | 'table'
  | 'evidence'
  | 'log'
  | 'earlier'
  | 'own-vote'
  | 'votes'
  | 'comments'
type Viewer = 'checker' | 'access-body' | 'author'
type Moment = 'blind' | 'all-in' | 'returned'

export const VISIBLE: Readonly<Record<Viewer, Readonly<Record<Moment, readonly Part[]>>>> = {
  checker: {
    blind: ['state', 'clock', 'table', 'evidence', 'log', 'earlier', 'own-vote'],
    'all-in': ['state', 'clock', 'table', 'evidence', 'log', 'earlier', 'own-vote', 'votes'],
    returned: ['state', 'clock', 'own-vote', 'votes'],
  },
  'access-body': {
    blind: ['state', 'clock'],
    'all-in': ['state', 'clock', 'votes'],
    returned: ['state', 'clock', 'votes'],
  },
  // How many have voted, and how, would be a second channel out.
  author: { blind: ['state'], 'all-in': ['state'], returned: ['state', 'comments'] },
}

const momentOf = ({ state, review }: Output): Moment => {
  if (state === 'returned') return 'returned'
  return review !== undefined && complete(review) ? 'all-in' : 'blind'
}

/** The votes that this actor may see, blinded until all are in. Nothing for a role that the table does not name. */
export function votesFor(output: Output, actor: Actor): readonly Vote[] {
  const { review } = output
  if (review === undefined) return []
  const viewer = viewerOf(actor)
  const parts = viewer === undefined ? [] : VISIBLE[viewer][momentOf(output)]
  if (parts.includes('votes')) return review.votes
  return parts.includes('own-vote') ? review.votes.filter((it) => it.by === actor.subject) : []
}

const viewerOf = ({ role }: Actor): Viewer | undefined => {
  if (role === 'output-checker') return 'checker'
  return role === 'access-body' ? 'access-body' : undefined
}

/** What the researcher reads of a returned output: the comments of who returned it, without their names. */
export function commentsFor(output: Output): readonly string[] {
  const { review } = output
  if (review === undefined || !VISIBLE.author[momentOf(output)].includes('comments')) return []
  const ending = review.closed?.comment === undefined ? [] : [review.closed.comment]
  return [
    ...standingVotes(review)
      .filter((it) => it.verdict === 'return')
      .map((it) => it.comment),
    ...ending,
  ]
}
