import type { Actor } from './role.ts'

/** What happened; the vocabulary of the audit log. Past tense, one per step of the story, refusals included. */
export const eventTypes = [
  'service-started',
  'dataset-loaded',
  'load-failed',
  'snapshot-removed',
  'view-added',
  'key-rotated',
  'application-submitted',
  'application-returned',
  'application-completed',
  'application-withdrawn',
  'application-approved',
  'application-refused',
  'permit-issued',
  'permit-revoked',
  'permit-expired',
  'budget-renewed',
  'workspace-built',
  'analysis-submitted',
  'analysis-approved',
  'analysis-refused',
  'analysis-suspended',
  'run-requested',
  'run-started',
  'run-finished',
  'run-failed',
  'run-cancelled',
  'budget-charged',
  'output-checked',
  'output-queued',
  'output-inspected',
  'transcript-read',
  'review-voted',
  'review-consolidated',
  'review-closed',
  'output-returned',
  'lineage-disclosed',
  'output-released',
  'output-withheld',
  'output-read',
  'step-refused',
  'security',
] as const
export type EventType = (typeof eventTypes)[number]

/**
 * One leaf of the log. `facts` hold identifiers, digests, rule ids and figures of the query text: never a value
 * from a row, a true count, or free text of a data user.
 */
export type Event = Readonly<{
  type: EventType
  actor: Actor
  /** Identifier of what it is about: `permit/…`, `run/…`, `dataset/…`. */
  about: string
  /** The policy decision that let it happen, or refused it. */
  decision?: Readonly<{
    name: string
    allow: boolean
    inputDigest: string
    /** What the policy saw, so that the decision can be replayed. Lives in the payload, which can be erased. */
    input: Readonly<Record<string, unknown>>
    policyDigest: string
    rules: readonly string[]
  }>
  facts: Readonly<Record<string, unknown>>
}>

export type LoggedEvent = Event & Readonly<{ id: string; at: string }>
