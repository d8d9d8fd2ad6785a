import { cast, text } from './sql.ts'

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
  const relative = `^${tail}`
  const ours = bases.map((b) => literally(b.replace(/\/+$/, ''))).join('|')
  const pattern = ours === '' ? relative : `^(?:(?:${ours})/)?${tail}`
  return cast(`nullif(regexp_extract(${reference}, ${text(pattern)}, 1), '')`, 'VARCHAR')
}
