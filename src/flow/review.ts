import { earlierOf, inspect, readTranscript } from '../airlock/inspect.ts'
import { allowed, type ReviewStep, standing } from '../airlock/states.ts'
import { votesFor } from '../airlock/visible.ts'
import { type Ballot, cast, consolidated, isRepeat } from '../airlock/vote.ts'
import { type Authors, partiality } from '../airlock/who.ts'
import type { Output, Run } from '../domain/analysis.ts'
import type { Page, Versioned } from '../domain/capabilities.ts'
import type { Earlier, Reviewable, SeenTranscript } from '../domain/glass.ts'
import { Problem } from '../domain/problem.ts'
import type { Review, Vote } from '../domain/review.ts'
import type { Actor } from '../domain/role.ts'
import { gate, need, type Once } from './gate.ts'
import type { House } from './house.ts'
import { type Input, now, promised } from './inputs.ts'
import { type PageOf, pageOptions } from './page.ts'
import { permitNow } from './permit.ts'
import { authorsOf, votesFacts } from './queue.ts'
import { settleReview } from './settle.ts'

/** An output in the queue as a list shows it: clocks and what the reader may do, never a cell or another's vote. */
export type ReviewView = Readonly<{
  output: string
  permit: string
  run: string
  dataset: string
  state: Output['state']
  digest: string
  kind: Review['kind']
  since: string
  due: string
  /** Whole seconds since it was queued, and whether its time has passed. */
  waited: number
  overdue: boolean
  needed: number
  next: readonly ReviewStep[]
  votes: readonly Vote[]
}>

type Found = Versioned<Output> & Readonly<{ run: Run; authors: Authors; review: Review }>

/** The queue, oldest first. A checker sees what they may vote on; nothing of their own or of their institution. */
export async function listReviews(
  house: House,
  actor: Actor,
  page: PageOf,
): Promise<Page<ReviewView>> {
  const items: ReviewView[] = []
  let after = page.after
  do {
    const limit = page.limit - items.length
    const options = {
      ...pageOptions({ limit, after }, { queue: 'open' }),
      order: 'oldest',
    } as const
    const found = await house.store.list('output', options)
    for (const it of found.items) {
      const { value, run, authors } = await foundOf(house, it)
      if (partiality(actor, authors) === undefined) items.push(view(house, actor, value, run))
    }
    after = found.next
  } while (after !== undefined && items.length < page.limit)
  return { items, ...(after === undefined ? {} : { next: after }) }
}

/** A checker reads one: inside the environment, through a glass of its own, and every reading is an event. */
export async function readReview(house: House, actor: Actor, id: string): Promise<Reviewable> {
  const { value, run, authors } = await queued(house, id)
  const { result } = await gate(house, {
    actor,
    decision: 'release',
    about: `output/${id}`,
    input: await inputOf(house, actor, 'inspect', value, run),
    act: async () => ({
      change: [],
      events: [
        { type: 'output-inspected', about: `output/${id}`, facts: { digest: value.digest } },
      ],
      result: inspect(value, run, actor, authors, await earlier(house, value, run)),
    }),
  })
  return result
}

/** A checker reads what a script without outputs printed, before its analysis may go on; every reading is an event. */
export async function readLog(house: House, actor: Actor, id: string): Promise<SeenTranscript> {
  const { value } = await need(house, 'transcript', id)
  const { value: run } = await need(house, 'run', id)
  const { value: permit } = await permitNow(house, run.permit)
  const authors: Authors = { permit, ...(await authorsOf(house, run)) }
  const { result } = await gate(house, {
    actor,
    decision: 'read',
    about: `run/${id}`,
    input: { actor, now: now(house), resource: { kind: 'run-log' } },
    act: () => ({
      change: [],
      events: [{ type: 'transcript-read', about: `run/${id}` }],
      result: readTranscript(value, actor, authors),
    }),
  })
  return result
}

/** A checker votes on exactly the bytes they read. The same ballot again does nothing and answers as before. */
export const castVote = (
  house: House,
  actor: Actor,
  id: string,
  ballot: Ballot,
  once?: Once,
): Promise<ReviewView> => speak(house, actor, id, { step: 'vote', ballot, once })

/** After a disagreement: a checker's last word, or the end that the access body puts to it. */
export const consolidateReview = (
  house: House,
  actor: Actor,
  id: string,
  ballot: Ballot,
  once?: Once,
): Promise<ReviewView> => speak(house, actor, id, { step: 'consolidate', ballot, once })

type Spoken = Readonly<{ step: 'vote' | 'consolidate'; ballot: Ballot; once: Once | undefined }>

/** One vote in one commit; only then is acted on what the votes come to. Nothing of a refused vote stays but its event. */
async function speak(
  house: House,
  actor: Actor,
  id: string,
  spoken: Spoken,
  attempts = 3,
): Promise<ReviewView> {
  const { step, ballot, once } = spoken
  const { value, version, run, authors } = await queued(house, id)
  const repeated = isRepeat(value, actor, step, ballot) && partiality(actor, authors) === undefined
  if (!repeated)
    try {
      await gate(house, {
        once,
        actor,
        decision: 'release',
        about: `output/${id}`,
        input: await inputOf(house, actor, step, value, run),
        act: () => {
          const act = step === 'vote' ? cast : consolidated
          const voted = act(value, actor, authors, ballot, now(house))
          return {
            change: [{ put: 'output', value: voted, version }],
            events: [
              {
                type: step === 'vote' ? 'review-voted' : 'review-consolidated',
                about: `output/${id}`,
                facts: { digest: ballot.digest, votes: voted.review?.votes.length ?? 0 },
              },
            ],
            // Remembered under an Idempotency-Key; what is answered is read anew.
            result: id,
          }
        },
      })
    } catch (error) {
      // Another checker was first by a moment: blind votes do not know of each other.
      const raced =
        error instanceof Problem &&
        error.code === 'conflict' &&
        error.facts.rule !== 'review-digest'
      if (!raced || error.facts.rule === 'idempotency-key-reused' || attempts === 1) throw error
      return speak(house, actor, id, spoken, attempts - 1)
    }
  await settleReview(house, id)
  return view(house, actor, (await need(house, 'output', id)).value, run)
}

/** An output that is or was under review, with whose it is. */
async function queued(house: House, id: string): Promise<Found> {
  const found = await foundOf(house, await need(house, 'output', id))
  const { review } = found.value
  if (review === undefined) throw new Problem('not-found', { place: `review/${id}` })
  return { ...found, review }
}

async function foundOf(house: House, { value, version }: Versioned<Output>) {
  const { value: run } = await need(house, 'run', value.run)
  const { value: permit } = await permitNow(house, value.permit)
  const authors: Authors = { permit, ...(await authorsOf(house, run)) }
  return { value, version, run, authors }
}

async function inputOf(
  house: House,
  actor: Actor,
  step: ReviewStep,
  output: Output,
  run: Run,
): Promise<Input> {
  const { value: permit } = await permitNow(house, output.permit)
  return {
    step,
    actor,
    now: now(house),
    permit,
    run,
    ...(await votesFacts(house, output, run)),
    output: promised(output),
  }
}

function view(house: House, actor: Actor, output: Output, run: Run): ReviewView {
  const { review } = output
  if (review === undefined) throw new Problem('not-found', { place: `review/${output.id}` })
  const { kind, since, due, needed } = review
  const clock = house.clock.now().getTime()
  return {
    output: output.id,
    permit: output.permit,
    run: run.id,
    dataset: run.dataset,
    state: output.state,
    digest: output.digest,
    kind,
    since,
    due,
    waited: Math.max(0, Math.floor((clock - Date.parse(since)) / 1000)),
    overdue: output.queue === 'open' && clock > Date.parse(due),
    needed,
    next: nextFor(actor, output, review),
    votes: votesFor(output, actor),
  }
}

/** The steps that are left to this reader, whatever others did: a vote that is given is not given again. */
function nextFor(actor: Actor, output: Output, review: Review): readonly ReviewStep[] {
  const own = review.votes.filter((it) => it.by === actor.subject).length
  return allowed(output).filter((step) => {
    if (actor.role === 'access-body') return step === 'consolidate'
    if (step === 'vote') return own === 0
    return step === 'inspect' || (own === 1 && standing(review) === 'disagreed')
  })
}

/** Earlier releases over the same dataset, this permit's and others', newest first. */
const EARLIER = 12
async function earlier(house: House, output: Output, run: Run): Promise<readonly Earlier[]> {
  const where = { dataset: run.dataset, state: 'finished' }
  const { items } = await house.store.list('run', { where, limit: 200 })
  const found: Earlier[] = []
  for (const { value } of items)
    for (const id of [value.output, ...(value.outputs ?? []).map((it) => it.output)]) {
      if (id === undefined || id === output.id || found.length === EARLIER) continue
      const other = await house.store.get('output', id)
      if (other?.value.state === 'released') found.push(earlierOf(other.value))
    }
  return found
}
