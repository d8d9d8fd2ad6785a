import { release, tableDigest } from '../airlock/release.ts'
import { type Output, outputTransitions, type Run } from '../domain/analysis.ts'
import type { LoggedEvent } from '../domain/event.ts'
import type { Released } from '../domain/glass.ts'
import { Problem, type ProblemCode } from '../domain/problem.ts'
import type { StatedPurpose } from '../domain/purpose.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import type { Disclosed } from './disclose.ts'
import { gate, need } from './gate.ts'
import type { House } from './house.ts'
import { now, promised } from './inputs.ts'
import { permitNow } from './permit.ts'
import {
  disclosedCharge,
  disclosedEvent,
  enqueue,
  lacksVotesOnly,
  queuedEvent,
  sampleOf,
  votesFacts,
} from './queue.ts'
import { ownRun } from './run.ts'

export const outputOf = (
  run: Run,
  { table, ...beside }: Disclosed,
  id: string,
  now: string,
): Output => ({
  id,
  run: run.id,
  permit: run.permit,
  state: 'checked',
  digest: tableDigest(table),
  table,
  createdAt: now,
  ...beside,
})

/** What the policy's refusal of a release can be called; anything else is a failure, and the output stays as it is. */
const WITHHOLD: readonly ProblemCode[] = ['refused-by-policy', 'permit-not-active', 'not-in-permit']

/**
 * Article 73(2): the one gate of every release, automatic or voted. The policy sees purpose, permit, the facts of the table
 * and the standing votes; the event that names the digest is what a receipt later proves. What lacks nothing but votes
 * goes to the queue of the checkers. A sample of what is released without votes is queued too, without delay.
 */
export async function releaseOutput(house: House, id: string): Promise<void> {
  const { value: output, version } = await need(house, 'output', id)
  const { value: run } = await need(house, 'run', output.run)
  const { value: permit } = await permitNow(house, run.permit)
  const input = {
    step: 'release',
    actor: gatewayActor,
    now: now(house),
    purpose: run.purpose,
    permit,
    run,
    ...(await votesFacts(house, output, run)),
    output: promised(output),
  }
  if (output.state === 'checked') {
    const decision = house.decide('release', input)
    if (lacksVotesOnly(decision)) return enqueue(house, { output, version }, decision, input)
  }
  const refused = await gate(house, {
    actor: gatewayActor,
    decision: 'release',
    about: `output/${id}`,
    input,
    act: ({ obligations }) => {
      const { queue: _, ...rest } = output
      const state = move(outputTransitions, output.state, 'released', 'gateway')
      const sample = output.state === 'checked' ? sampleOf(house, output, obligations) : {}
      return {
        change: [
          { put: 'output', value: { ...rest, state, ...sample }, version },
          ...disclosedCharge(output, run),
        ],
        events: [
          {
            type: 'output-released',
            about: `output/${id}`,
            facts: {
              digest: output.digest,
              permit: permit.id,
              run: run.id,
              snapshot: permit.snapshots[run.dataset],
              rho: output.table.statement.rho,
              k: output.table.statement.k,
            },
          },
          ...queuedEvent({ ...output, ...sample }),
          ...disclosedEvent(output, run),
        ],
        result: undefined,
      }
    },
  }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refused instanceof Problem && WITHHOLD.includes(refused.code)) {
    const { queue: _, ...rest } = output
    await house.store.commit(
      [
        {
          put: 'output',
          value: { ...rest, state: move(outputTransitions, output.state, 'withheld', 'gateway') },
          version,
        },
      ],
      [
        {
          type: 'output-withheld',
          actor: gatewayActor,
          about: `output/${id}`,
          facts: { rule: refused.facts.rule },
        },
      ],
    )
  } else if (refused !== undefined) throw refused
}

/**
 * A listed person reads what was released: policy again, and the receipt of its event, or nothing leaves. `name` is that of
 * a declared output, where a run has several.
 */
export async function readOutput(
  house: House,
  actor: Actor,
  runId: string,
  purpose: StatedPurpose,
  name?: string,
): Promise<Released> {
  const { value: run } = await ownRun(house, actor, runId)
  const { output, event } = await releasedOutput(house, run, name)
  return deliver(house, actor, { run, output, event, purpose })
}

/** A released figure, and what it shows in words. Throws `not-found` for an output of another kind. */
export async function readFigure(
  house: House,
  actor: Actor,
  runId: string,
  purpose: StatedPurpose,
  name: string,
): Promise<Readonly<{ table: Released; title: string }>> {
  const { value: run } = await ownRun(house, actor, runId)
  const { output, event } = await releasedOutput(house, run, name)
  if (output.declared?.kind !== 'figure')
    throw new Problem('not-found', {
      place: `run/${run.id}/outputs/${name}/figure`,
      reason: 'The output was not declared as a figure.',
      fix: 'Read it as a table.',
    })
  const table = await deliver(house, actor, { run, output, event, purpose })
  return { table, title: output.declared.meaning }
}

type Delivery = Readonly<{ run: Run; output: Output; event: LoggedEvent; purpose: StatedPurpose }>

async function deliver(
  house: House,
  actor: Actor,
  { run, output, event, purpose }: Delivery,
): Promise<Released> {
  const { value: permit } = await permitNow(house, run.permit)
  const receipt = await house.log.receipt(event.id)
  const table = release(output, event, receipt)
  const { result } = await gate(house, {
    actor,
    decision: 'release',
    about: `output/${output.id}`,
    input: {
      step: 'deliver',
      actor,
      now: now(house),
      purpose,
      permit,
      run,
      ...(await votesFacts(house, output, run)),
      output: promised(output),
      receipt: { event: receipt.event, index: receipt.index, digest: table.digest },
    },
    act: () => ({
      change: [],
      events: [
        { type: 'output-read', about: `output/${output.id}`, facts: { digest: table.digest } },
      ],
      result: table,
    }),
  })
  return result
}

async function releasedOutput(house: House, run: Run, name?: string) {
  const notYet = (reason: string): Problem =>
    new Problem('not-found', {
      place: `run/${run.id}/output`,
      reason,
      fix: 'Read the run until it is finished and released.',
    })
  const id = name === undefined ? run.output : run.outputs?.find((it) => it.name === name)?.output
  if (id === undefined) throw notYet(`The run is ${run.state}, or has no output of this name.`)
  const { value: output } = await need(house, 'output', id)
  const { items } = await house.store.events({
    about: `output/${output.id}`,
    type: 'output-released',
    limit: 1,
  })
  const [event] = items
  if (event === undefined) throw notYet('It is not released.')
  return { output, event }
}
