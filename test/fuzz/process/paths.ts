import type { Dice } from '../../../tools/fixtures/random.ts'
import { words } from './resources.ts'
import { EXTENSION, isPrimitive, partsOf } from './shape.ts'

/** A FHIRPath with what it yields. */
export type Typed = Readonly<{ path: string; type: string; many: boolean; shadow?: true }>
export type Focus = Readonly<{ type: string; root: boolean }>
export type Want = 'string' | 'boolean' | 'integer'

export const constants = [
  { name: 's', valueString: "it's" },
  { name: 'c', valueCode: 'a' },
  { name: 'n', valueInteger: 1 },
  { name: 'x', valueDecimal: 1.5 },
  { name: 'b', valueBoolean: true },
  { name: 'd', valueDate: '2000-02-29' },
] as const

const quote = (s: string): string => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const dot = (on: Typed | undefined, name: string): string => (on ? `${on.path}.${name}` : name)

/** One step from a focus or a path: an element, its type picked where it is a choice. */
function step(d: Dice, from: string, on?: Typed): Typed {
  const part = d.pick(
    partsOf(from) as [ReturnType<typeof partsOf>[number], ...ReturnType<typeof partsOf>],
  )
  const type = d.pick(part.types as [string, ...string[]])
  const many = part.many || on?.many === true
  const path = dot(on, part.choice ? `${part.name}.ofType(${type})` : part.name)
  return {
    path,
    type,
    many,
    ...(isPrimitive(type) && !part.choice ? { shadow: true as const } : {}),
  }
}

function narrowed(d: Dice, t: Typed, depth: number): Typed {
  const { shadow: _, ...bare } = t
  if (t.many && d.chance(0.15)) return { ...bare, path: `${t.path}.first()`, many: false }
  if (t.many && d.chance(0.1))
    return { ...bare, path: `${t.path}[${d.integer(0, 1)}]`, many: false }
  if (!isPrimitive(t.type) && depth < 2 && d.chance(0.2))
    return {
      ...bare,
      path: `${t.path}.where(${criterion(d, { type: t.type, root: false }, depth + 1)})`,
    }
  return t
}

/** A walk from the focus to an element that `stop` accepts; undefined where the dice find none. */
export function walk(
  d: Dice,
  focus: Focus,
  stop: (t: Typed) => boolean,
  depth = 0,
): Typed | undefined {
  if (isPrimitive(focus.type)) {
    const self = { path: '$this', type: focus.type, many: false }
    return stop(self) ? self : undefined
  }
  for (let tries = 0; tries < 8; tries++) {
    let at: Typed | undefined
    for (let steps = 0; steps < 5; steps++) {
      at = narrowed(d, step(d, at?.type ?? focus.type, at), depth)
      if (stop(at) && (isPrimitive(at.type) || d.chance(0.6))) return at
      if (isPrimitive(at.type)) break
    }
  }
  return undefined
}

/** A column's path: a primitive, a key, an extension's value, a joined text, a criterion, an index. */
export function columnPath(d: Dice, focus: Focus): Typed {
  const kind = d.weighted([50, 8, 10, 8, 8, 8, 8])
  if (kind === 1 && focus.root) return { path: 'getResourceKey()', type: 'id', many: false }
  if (kind === 2) {
    const to = walk(d, focus, (t) => t.type === 'Reference')
    const type = d.pick(['', 'Practitioner', 'Patient', 'Organization'])
    if (to) return { path: `${to.path}.getReferenceKey(${type})`, type: 'id', many: to.many }
  }
  if (kind === 3) {
    const to = walk(d, focus, (t) => t.shadow === true)
    if (to)
      return {
        path: `${to.path}.extension('${EXTENSION}').value.ofType(string)`,
        type: 'string',
        many: true,
      }
  }
  if (kind === 4) {
    const to = walk(d, focus, (t) => t.type === 'string')
    if (to)
      return {
        path: `${to.path}.join(${d.pick(['', "','", "'|'", '%s'])})`,
        type: 'string',
        many: false,
      }
  }
  if (kind === 5) return { path: criterion(d, focus, 0), type: 'boolean', many: false }
  if (kind === 6) return { path: '%rowIndex', type: 'integer', many: false }
  return walk(d, focus, (t) => isPrimitive(t.type)) ?? literal(d, 'string')
}

function literal(d: Dice, want: Want): Typed {
  const path =
    want === 'string'
      ? d.pick([quote(d.pick(words)), '%s'])
      : want === 'boolean'
        ? d.pick(['true', 'false', '%b'])
        : d.pick(['1', '0', '%n', '%rowIndex'])
  return { path, type: want, many: false }
}

const wanted: Readonly<Record<Want, (t: Typed) => boolean>> = {
  string: (t) => ['string', 'code', 'uri', 'date', 'dateTime'].includes(t.type),
  boolean: (t) => t.type === 'boolean',
  integer: (t) => ['integer', 'positiveInt'].includes(t.type),
}

/** A single value of a wanted kind, for the columns of a union. */
export function singleOf(d: Dice, focus: Focus, want: Want): string {
  if (want === 'boolean' && d.chance(0.4)) return criterion(d, focus, 1)
  const found = d.chance(0.75) ? walk(d, focus, wanted[want]) : undefined
  if (!found) return literal(d, want).path
  return found.many ? `${found.path}.first()` : found.path
}

/** A boolean expression. Its operands are single, its operators of one type, so that the peer does not stop. */
export function criterion(d: Dice, focus: Focus, depth: number): string {
  const kind = d.weighted(depth < 2 ? [30, 20, 12, 12, 8, 18] : [30, 20, 0, 0, 0, 18])
  if (kind === 2) return `(${criterion(d, focus, depth + 1)} and ${criterion(d, focus, depth + 1)})`
  if (kind === 3) return `(${criterion(d, focus, depth + 1)} or ${criterion(d, focus, depth + 1)})`
  if (kind === 4) return `(${criterion(d, focus, depth + 1)}).not()`
  if (kind === 0) {
    const to = walk(d, focus, () => true, 2)
    if (to) return `${to.path}.${d.pick(['exists()', 'empty()', 'exists().not()'])}`
  }
  if (kind === 1) {
    const to = walk(d, focus, (t) => !isPrimitive(t.type), 2)
    if (to && depth < 2)
      return `${to.path}.exists(${criterion(d, { type: to.type, root: false }, 2)})`
  }
  return comparison(d, focus)
}

function comparison(d: Dice, focus: Focus): string {
  const to = walk(d, focus, (t) => isPrimitive(t.type) && t.type !== 'dateTime', 2)
  if (!to) return d.pick(['true', '%b'])
  const one = to.many ? `${to.path}.first()` : to.path
  switch (to.type) {
    case 'boolean':
      return d.pick([one, `${one} = false`, `${one} != %b`])
    case 'integer':
    case 'positiveInt':
      return `${one} ${d.pick(['=', '!=', '<', '>=', '>', '<='])} ${d.pick(['1', '%n', '-1', '(1 + 1)'])}`
    case 'decimal':
      return `${one} ${d.pick(['=', '<', '>='])} ${d.pick(['1.5', '%x', '(%x * 2)', '1'])}`
    case 'date':
      return `${one} ${d.pick(['=', '<', '>='])} ${d.pick(['@2000-02-29', '%d'])}`
    default:
      return `${one} ${d.pick(['=', '!='])} ${d.pick([quote(d.pick(words)), '%s', '%c'])}`
  }
}
