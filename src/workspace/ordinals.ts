import type { Keys } from '../domain/capabilities.ts'

export type Person = Readonly<{ person: string; member: boolean }>
export type Placed = Readonly<{ ordinal: number; pseudonym: string; person: string }>

/**
 * Dense ordinals 0, 1, 2, ... in the order of the permit's pseudonyms (HMAC), so that nothing of the source's order is
 * left and two permits cannot be linked by position. They run over everybody in the snapshot, members or not: what a
 * person's records say may move that person in or out of the population, but never another person's ordinal.
 */
export function place(
  persons: readonly Person[],
  permit: string,
  pseudonymOf: Keys['pseudonym'],
): Placed[] {
  return persons
    .map(({ person, member }) => ({ person, member, pseudonym: pseudonymOf(permit, person) }))
    .sort((a, b) => (a.pseudonym < b.pseudonym ? -1 : 1))
    .flatMap(({ person, member, pseudonym }, ordinal) =>
      member ? [{ ordinal, pseudonym, person }] : [],
    )
}

/** The escrow file: one JSON document per line. */
export function* escrowLines(placed: readonly Placed[]): Generator<string> {
  for (const one of placed) yield `${JSON.stringify(one)}\n`
}
