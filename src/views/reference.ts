import { text } from './sql.ts'

const ID = '[A-Za-z0-9.-]{1,64}'
const literally = (s: string): string => s.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

/**
 * The key of a literal reference: the id, where the reference is relative or absolute on a base that is ours.
 * "If the implementation does not support the reference type, or is unable to resolve the reference, it MUST
 * return the empty collection": so for urn:uuid, contained and foreign references, whose ids could collide.
 */
export function keyOf(
  reference: string,
  type: string | undefined,
  bases: readonly string[],
): string {
  const name = type === undefined ? '[A-Z][A-Za-z]+' : literally(type)
  const tail = `${name}/(${ID})(?:/_history/${ID})?$`
  // Matching and splitting costs half of extracting a group.
  const relative = `WHEN regexp_matches(${reference}, ${text(`^${tail}`)}) THEN split_part(${reference}, '/', 2)`
  const ours = bases.map((b) => literally(b.replace(/\/+$/, ''))).join('|')
  if (ours === '') return `CASE ${relative} END`
  const absolute = `regexp_extract(${reference}, ${text(`^(?:${ours})/${tail}`)}, 1)`
  return `CASE ${relative} ELSE nullif(${absolute}, '') END`
}
