import { isSampled } from '../airlock/sample.ts'
import { standingVotes } from '../airlock/states.ts'
import type { Authors } from '../airlock/who.ts'
import { chargesFor, UNLIMITED } from '../disclosure/compose.ts'
import { UNBOUNDED } from '../disclosure/unbounded.ts'
import { type Output, outputTransitions, type Run } from '../domain/analysis.ts'
import type { Decision, Write } from '../domain/capabilities.ts'
import type { EventType } from '../domain/event.ts'
import { Problem } from '../domain/problem.ts'
import type { Review } from '../domain/review.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { type Happened, loggedOf } from './gate.ts'
import type { House } from './house.ts'
import { type Input, now } from './inputs.ts'

/** The rule that says: everything is in order but the votes. */
const VOTES = 'ehds-73-2-reviewers'

export const lacksVotesOnly = ({ allow, reasons }: Decision): boolean =>
  !allow && reasons.length > 0 && reasons.every((it) => it.rule === VOTES)

const actorOf = async (house: House, about: string, type: EventType): Promise<Actor | undefined> =>
  (await house.store.events({ about, type, limit: 1 })).items[0]?.actor

/** Who submitted an analysis, as their token said it. */
export const submitterOf = (house: House, analysis: string): Promise<Actor | undefined> =>
  actorOf(house, `analysis/${analysis}`, 'analysis-submitted')

/**
 * Who wrote the analysis, who asked for the run, and the organisations that their tokens named, from the events of the two
 * steps: none of them, and nobody there, checks the output.
 */
export async function authorsOf(
  house: House,
  { id, analysis, requestedBy }: Run,
): Promise<Omit<Authors, 'permit'>> {
  const requester = await actorOf(house, `run/${id}`, 'run-requested')
  const submitter = await submitterOf(house, analysis)
  return {
    requestedBy,
    requesterOrganisation: requester?.organisation ?? '',
    submittedBy: submitter?.subject ?? '',
    submitterOrganisation: submitter?.organisation ?? '',
  }
}

/**
 * What the policy is told of the votes: who, from where, what, on which digest, never a comment. Votes on a sample came
 * after its release and are no part of it.
 */
export async function votesFacts(house: House, { review }: Output, run: Run): Promise<Input> {
  const votes = review?.kind === 'release' ? standingVotes(review) : []
  const { requestedBy: _, ...authors } = await authorsOf(house, run)
  return {
    ...authors,
    votes: votes.map(({ by, organisation, verdict, digest }) => ({
      by,
      organisation,
      verdict,
      digest,
      role: 'output-checker',
    })),
  }
}

/** A checked output that lacks votes waits for them, with a clock. The refusal for want of votes is what is logged. */
export async function enqueue(
  house: House,
  { output, version }: Readonly<{ output: Output; version: number }>,
  decision: Decision,
  input: Input,
): Promise<void> {
  const review = reviewOf(house, 'release', figure(decision.obligations, 'reviewers'), decision)
  const state = move(outputTransitions, output.state, 'in-review', 'gateway')
  const queued: Output = { ...output, state, queue: 'open', review }
  await house.store.commit(
    [{ put: 'output', value: queued, version }],
    [
      {
        ...queuedHappened(queued, review),
        actor: gatewayActor,
        decision: loggedOf(decision, input),
      },
    ],
  )
}

/** What a chosen automatic release gets besides: a place in the queue, 73(2). */
export function sampleOf(
  house: House,
  output: Output,
  obligations: Decision['obligations'],
): Readonly<{ queue?: 'open'; review?: Review }> {
  if (!isSampled(house.keys.blind, output.digest, figure(obligations, 'sampleOneIn'))) return {}
  const needed = figure(obligations, 'sampleReviewers')
  return { queue: 'open', review: reviewOf(house, 'sample', needed, { obligations }) }
}

export const queuedEvent = (output: Output): readonly Happened[] =>
  output.review?.kind === 'sample' ? [queuedHappened(output, output.review)] : []

/** V = 0: the lineage meter of the dataset takes an unbounded charge, once for the same bytes. It stops nobody. */
export const disclosedCharge = (output: Output, run: Run): readonly Write[] =>
  isBounded(output)
    ? []
    : chargesFor(
        { permit: output.permit, budget: UNLIMITED, datasets: [run.dataset] },
        output.digest,
        UNBOUNDED,
      ).filter((it) => it.charge !== output.permit)

const isBounded = ({ table }: Output): boolean => table.statement.rho < UNBOUNDED

/** An exact table has no bound: the lineage of the dataset says so for good, and the access body lists it. */
export const disclosedEvent = (output: Output, run: Run): readonly Happened[] =>
  isBounded(output)
    ? []
    : [
        {
          type: 'lineage-disclosed',
          about: `dataset/${run.dataset}`,
          facts: {
            lineage: 'unbounded',
            output: output.id,
            permit: output.permit,
            run: run.id,
            digest: output.digest,
          },
        },
      ]

const queuedHappened = ({ id, digest }: Output, { kind, due, needed }: Review) =>
  ({
    type: 'output-queued',
    about: `output/${id}`,
    facts: { kind, digest, due, needed },
  }) as const

function reviewOf(
  house: House,
  kind: Review['kind'],
  needed: number,
  { obligations }: Pick<Decision, 'obligations'>,
): Review {
  const since = now(house)
  const due = new Date(Date.parse(since) + figure(obligations, 'reviewDays') * 86_400_000)
  return { kind, since, due: due.toISOString(), needed, votes: [] }
}

/** A figure of the access body's policy; without it nothing is queued and nothing leaves. */
function figure(obligations: Decision['obligations'], name: string): number {
  const value = obligations[name]
  if (typeof value === 'number' && value >= 1) return value
  throw new Problem('policy-unavailable', {
    rule: 'obligation-missing',
    place: name,
    reason: 'The policy does not say how outputs are reviewed.',
  })
}
