import { type Kysely, sql } from 'kysely'
import type { Clock, Random } from '../domain/capabilities.ts'
import { canonicalJson } from '../domain/digest.ts'
import type { Event, LoggedEvent } from '../domain/event.ts'
import { leafOf, saltBytes } from '../domain/leaf.ts'
import { Problem } from '../domain/problem.ts'
import type { Tables } from './schema.ts'

/** An event ready to be written: everything but its place in the order. */
export type Sealed = Readonly<{
  event: LoggedEvent
  payload: string
  salt: Uint8Array
  leaf: Uint8Array
}>

/** Gives each event its id and time, and its leaf. Throws `invalid-input` on facts that JSON cannot say. */
export function seal(events: readonly Event[], clock: Clock, random: Random): readonly Sealed[] {
  return events.map((event) => {
    const payload = canonical({ ...event, id: random.id('event'), at: clock.now().toISOString() })
    const salt = random.bytes(saltBytes)
    // What is handed on is what was written: undefined members are gone, numbers are JSON's.
    return { event: JSON.parse(payload), payload, salt, leaf: leafOf(salt, payload) }
  })
}

function canonical(event: LoggedEvent): string {
  try {
    return canonicalJson(event)
  } catch {
    throw new Problem('invalid-input', {
      rule: 'unstorable-text',
      place: event.type,
      reason: 'An event holds something that canonical JSON cannot say.',
    })
  }
}

/**
 * Writes the events with the next indexes. The last statement of a commit: whoever holds the row of log_head is the
 * only one who commits, so indexes have no gap and their order is the order of the commits.
 */
export async function append(tx: Kysely<Tables>, sealed: readonly Sealed[]): Promise<void> {
  const of = <T>(pick: (s: Sealed) => T): T[] => sealed.map(pick)
  await sql`
    with head as (update log_head set size = size + ${sealed.length}::bigint returning size)
    insert into event (seq, id, at, type, about, payload, salt, leaf)
    select head.size - ${sealed.length}::bigint + e.n - 1, e.id, e.at, e.type, e.about, e.payload, e.salt, e.leaf
    from head, unnest(
      ${of((s) => s.event.id)}::text[], ${of((s) => s.event.at)}::text[], ${of((s) => s.event.type)}::text[],
      ${of((s) => s.event.about)}::text[], ${of((s) => s.payload)}::text[],
      ${of((s) => Buffer.from(s.salt))}::bytea[], ${of((s) => Buffer.from(s.leaf))}::bytea[]
    ) with ordinality as e(id, at, type, about, payload, salt, leaf, n)`.execute(tx)
}
