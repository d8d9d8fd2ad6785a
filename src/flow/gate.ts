import type { Decision, DecisionName, Write } from '../domain/capabilities.ts'
import type { Event, EventType, LoggedEvent } from '../domain/event.ts'
import { Problem } from '../domain/problem.ts'
import type { Actor } from '../domain/role.ts'
import { refusal } from '../policy/refusal.ts'
import type { House } from './house.ts'

/** What a step did: the change to write, what happened in words of the log, and what the caller gets. */
export type Act<T> = Readonly<{
  change: readonly Write[]
  events: readonly [Happened, ...Happened[]]
  result: T
}>
export type Happened = Readonly<{
  type: EventType
  about: string
  facts?: Readonly<Record<string, unknown>>
}>

export type Step<T> = Readonly<{
  actor: Actor
  decision: DecisionName
  about: string
  input: Readonly<Record<string, unknown>>
  act: (decision: Decision) => Promise<Act<T>> | Act<T>
  /** Present when the caller sent an Idempotency-Key: a step that was done is not done again. */
  once?: Once | undefined
}>

/** An Idempotency-Key: `key` names caller, route and header, `request` is the digest of what was asked with it. */
export type Once = Readonly<{ key: string; request: string }>
type Remembered<T> = Readonly<{ request: string; result: T }>

export type Passed<T> = Readonly<{ result: T; events: readonly LoggedEvent[]; charged: number }>

/**
 * Authorise, act, record: the one way through which a step of the story happens, so that no step can forget the
 * policy or the log. A refusal, by policy or by a Problem of the act, is an event too. Nothing is written otherwise.
 * A step that was done under the same Idempotency-Key answers what it answered then, and writes and charges nothing.
 * Throws `refused-by-policy` with the first reason's rule and article; rethrows what the act throws.
 */
export async function gate<T>(house: House, step: Step<T>): Promise<Passed<T>> {
  const before = await recalled(house, step)
  if (before !== undefined) return before
  const decision = house.decide(step.decision, step.input)
  const logged = loggedOf(decision, step.input)
  const event = (it: Happened): Event => ({
    type: it.type,
    actor: step.actor,
    about: it.about,
    decision: logged,
    facts: it.facts ?? {},
  })
  try {
    if (!decision.allow) throw refusal(decision)
    return await act(house, step, decision, event)
  } catch (error) {
    const first = raced(error, 'idempotency-key') ? await recalled(house, step) : undefined
    if (first !== undefined) return first
    if (error instanceof Problem) await recordRefusal(house, step.about, error, event)
    throw error
  }
}

/** A decision as its event carries it. */
export const loggedOf = (decision: Decision, input: Step<unknown>['input']) => ({
  name: decision.name,
  allow: decision.allow,
  inputDigest: decision.inputDigest,
  policyDigest: decision.policyDigest,
  input,
  rules: decision.reasons.map((reason) => reason.rule),
})

async function act<T>(
  house: House,
  step: Step<T>,
  decision: Decision,
  event: (it: Happened) => Event,
  attempts = 2,
): Promise<Passed<T>> {
  const { change, events, result } = await step.act(decision)
  const [first, ...rest] = events
  const { once } = step
  const remember =
    once === undefined ? [] : [{ remember: once.key, answer: { request: once.request, result } }]
  try {
    const committed = await house.store.commit(
      [...change, ...remember],
      [event(first), ...rest.map(event)],
    )
    return { result, events: committed.events, charged: committed.charged }
  } catch (error) {
    // The same question was charged between reading and writing: the act tells the figure of now.
    if (attempts > 1 && raced(error, 'charge-raced'))
      return act(house, step, decision, event, attempts - 1)
    throw error
  }
}

const raced = (error: unknown, rule: string): boolean =>
  error instanceof Problem && error.code === 'conflict' && error.facts.rule === rule

async function recalled<T>(house: House, { once }: Step<T>): Promise<Passed<T> | undefined> {
  if (once === undefined) return undefined
  const found = (await house.store.recall(once.key)) as Remembered<T> | undefined
  if (found === undefined) return undefined
  if (found.request !== once.request)
    throw new Problem('conflict', {
      rule: 'idempotency-key-reused',
      place: 'idempotency-key',
      reason: 'This Idempotency-Key was used for another request.',
      fix: 'Use a new key for a new request.',
    })
  return { result: found.result, events: [], charged: 0 }
}

async function recordRefusal(
  house: House,
  about: string,
  problem: Problem,
  event: (it: Happened) => Event,
): Promise<void> {
  // A store that does not answer cannot record that it does not answer.
  if (problem.code === 'store-unavailable') return
  const facts = { problem: problem.code, rule: problem.facts.rule ?? problem.code }
  await house.store.commit([], [event({ type: 'step-refused', about, facts })])
  house.recorded.add(problem)
}

/** For refusals before any decision could be asked: a bad token, a malformed body. */
export async function recordRefusalAtDoor(
  house: House,
  actor: Actor,
  about: string,
  problem: Problem,
): Promise<void> {
  const facts = { problem: problem.code, rule: problem.facts.rule ?? problem.code }
  await house.store.commit([], [{ type: 'step-refused', actor, about, facts }])
}

/** Reads an entity or says `not-found`. */
export async function need<K extends Parameters<House['store']['get']>[0]>(
  house: House,
  kind: K,
  id: string,
) {
  const found = await house.store.get(kind, id)
  if (found === undefined) throw new Problem('not-found', { place: `${kind}/${id}` })
  return found
}
