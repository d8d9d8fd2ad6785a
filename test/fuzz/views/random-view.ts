import { type Field, kindOf } from '../../../src/views/model.ts'
import type { Dice } from '../dice.ts'
import { choicesOf, fieldsIn, rootTypes, urls } from './resources.ts'

/** A path while it grows: its text, its FHIR type, whether it may have several values. */
type Grown = Readonly<{ text: string; type: string; many: boolean; root?: boolean }>
/** From none to `most`. */
const times = <T>(d: Dice, most: number, make: () => T): T[] =>
  Array.from({ length: d.below(most + 1) }, make)

type Context = Readonly<{ d: Dice; name: () => string; index?: boolean }>

const dot = (on: string, step: string): string => (on === '' ? step : `${on}.${step}`)

function follow(on: Grown, field: Field, d: Dice): Grown {
  const text = dot(on.text, field.name)
  const many = on.many || field.many
  if (!field.choice) return { text, type: field.types[0] ?? '', many }
  const type = d.pick(choicesOf(on.type, field.name))
  return { text: `${text}.ofType(${type})`, type, many }
}

/** One step deeper into the type, by element or by extension(). */
function step(on: Grown, d: Dice): Grown {
  const field = d.pick(fieldsIn(on.type))
  if (field.name === 'extension')
    return {
      text: dot(on.text, `extension('${d.pick(urls)}')`),
      type: 'Extension',
      many: true,
    }
  const next = follow(on, field, d)
  if (!next.many || kindOf(next.type)) return narrowed(next, d, 0.2)
  const filtered = d.chance(0.2)
    ? {
        ...next,
        text: `${next.text}.where(${criterion({ text: '', type: next.type, many: false }, d, 1)})`,
      }
    : next
  return narrowed(filtered, d, 0.3)
}

const narrowed = (p: Grown, d: Dice, chance: number): Grown =>
  p.many && d.chance(chance)
    ? { ...p, text: `${p.text}${d.pick(['.first()', '[0]', '[1]'])}`, many: false }
    : p

export function toPrimitive(on: Grown, d: Dice): Grown {
  let here = on
  while (!kindOf(here.type)) here = step(here, d)
  return here
}

export function toComplex(on: Grown, d: Dice): Grown | undefined {
  for (let tries = 0; tries < 8; tries++) {
    const next = step(on, d)
    if (kindOf(next.type)) continue
    return d.chance(0.3) ? (toComplex(next, d) ?? next) : next
  }
  return undefined
}

function literalFor(type: string, d: Dice): string {
  switch (kindOf(type)) {
    case 'boolean':
      return d.pick(['true', 'false'])
    case 'integer':
      return String(d.below(4) + 1)
    case 'decimal':
      return d.pick(['1.5', '0.0', '120.0', '2'])
    case 'date':
      return d.pick(['@2020-01-01', '@2020-01-15', '@2021-06-30'])
    case 'dateTime':
      return d.pick(['@2020-01-01T10:00:00.000Z', '@2020-02-29T10:00:00.000Z'])
    case 'time':
      return '@T10:00:00'
    default:
      return d.pick(["'a'", "'b'", "'ab'", "'o\\'c'", "'é'", "'official'"])
  }
}

const firstOf = (p: Grown): Grown => (p.many ? { ...p, text: `${p.text}.first()`, many: false } : p)

/** A boolean expression over `on`. */
export function criterion(on: Grown, d: Dice, depth: number): string {
  const roll = d.below(depth > 2 ? 4 : 8)
  if (roll < 2) return `${step(on, d).text}.${d.pick(['exists()', 'empty()'])}`
  if (roll < 4 || roll === 7) {
    const left = toPrimitive(on, d)
    const op =
      kindOf(left.type) === 'boolean'
        ? d.pick(['=', '!='])
        : d.pick(['=', '=', '!=', '<', '>', '<=', '>='])
    const safe = op === '=' || op === '!=' ? (d.chance(0.8) ? firstOf(left) : left) : firstOf(left)
    return `${safe.text} ${op} ${literalFor(left.type, d)}`
  }
  if (roll === 4) return `(${criterion(on, d, depth + 1)}).not()`
  return `(${criterion(on, d, depth + 1)} ${d.pick(['and', 'or'])} ${criterion(on, d, depth + 1)})`
}

function number(on: Grown, d: Dice): Grown | undefined {
  for (let tries = 0; tries < 12; tries++) {
    const p = toPrimitive(on, d)
    if (kindOf(p.type) === 'decimal' || kindOf(p.type) === 'integer') return firstOf(p)
  }
  return undefined
}

type Column = Readonly<Record<string, unknown>>
function column(on: Grown, c: Context): Column {
  const { d } = c
  const name = c.name()
  const roll = d.below(12)
  if (roll === 0) return { name, path: criterion(on, d, 0), type: 'boolean' }
  if (roll === 1) {
    const [a, b] = [number(on, d), number(on, d)]
    if (a && b)
      return {
        name,
        path: `${a.text} ${d.pick(['+', '-', '*', '/'])} ${d.chance(0.5) ? b.text : '2'}`,
      }
  }
  if (roll === 2 && on.root) return { name, path: 'getResourceKey()', type: 'string' }
  if (roll === 3) {
    const text = toPrimitive(on, d)
    if (text.type === 'string' && text.many) return { name, path: `${text.text}.join(',')` }
  }
  if (roll === 4) {
    const key = reference(on, d)
    if (key) return { name, path: key, type: 'string' }
  }
  if (roll === 5) return { name, path: d.pick(["'x'", '7', 'true', '1.5']) }
  if (roll === 6) return { name, path: d.pick(['%word', '%number', '%flag']) }
  if (on.text === '$this') return { name, path: '$this' }
  const value = toPrimitive(on, d)
  if (value.many && d.chance(0.4))
    return { name, path: value.text, type: value.type, collection: true }
  const one = value.many && d.chance(0.85) ? firstOf(value) : value
  return { name, path: one.text, type: one.type }
}

function reference(on: Grown, d: Dice): string | undefined {
  const field = fieldsIn(on.type).find((f) => f.types.includes('Reference') && !f.choice)
  if (!field) return undefined
  const p = firstOf(narrowed(follow(on, field, d), d, 1))
  return `${p.text}.getReferenceKey(${d.pick(['', 'Patient', 'Organization'])})`
}

type Select = Record<string, unknown>
function select(on: Grown, c: Context, depth: number): Select {
  const { d } = c
  const made: Select = {}
  let inside = on
  const iterate = depth > 0 || d.chance(0.3) ? toComplex(on, d) : undefined
  if (iterate && d.chance(0.6)) {
    made[d.pick(['forEach', 'forEach', 'forEachOrNull'])] = iterate.text
    inside = { text: '', type: iterate.type, many: false }
  }
  const columns = times(d, 3, () => column(inside, c))
  if (columns.length > 0) made['column'] = columns
  if (depth < 3 && d.chance(0.45))
    made['select'] = [
      select(inside, c, depth + 1),
      ...times(d, 1, () => select(inside, c, depth + 1)),
    ]
  if (depth < 3 && d.chance(0.25)) made['unionAll'] = union(inside, c)
  if (!made['column'] && !made['select'] && !made['unionAll']) made['column'] = [column(inside, c)]
  return made
}

/** Branches have the same names, order and types: so each column is drawn by type. */
function union(on: Grown, c: Context): Select[] {
  const { d } = c
  const names = [c.name(), c.name()]
  return Array.from({ length: d.pick([2, 2, 3]) }, () => {
    const iterate = d.chance(0.6) ? toComplex(on, d) : undefined
    const inside = iterate ? { text: '', type: iterate.type, many: false } : on
    const columns = [
      { name: names[0], path: textual(inside, d), type: 'string' },
      { name: names[1], path: criterion(inside, d, 1), type: 'boolean' },
    ]
    return iterate
      ? { [d.pick(['forEach', 'forEachOrNull'])]: iterate.text, column: columns }
      : { column: columns }
  })
}

function textual(on: Grown, d: Dice): string {
  for (let tries = 0; tries < 12; tries++) {
    const p = toPrimitive(on, d)
    if (kindOf(p.type) === 'text') return firstOf(p).text
  }
  return "'none'"
}

export type RandomView = Readonly<{ resource: string }> & Readonly<Record<string, unknown>>
export function randomView(d: Dice): RandomView {
  const resource = d.pick(rootTypes)
  let count = 0
  // Some columns bear the name of an element: a name must never be taken for what it selects.
  const taken = [...fieldsIn(resource).map((f) => f.name), 'e1', 'i3', 'resourceType', 'subject']
  const names = new Set(['id'])
  const name = (): string => {
    const wish = d.chance(0.3) ? d.pick(taken) : `c${++count}`
    const found = names.has(wish) ? `c${++count}` : wish
    names.add(found)
    return found
  }
  const c: Context = { d, name }
  const root: Grown = { text: '', type: resource, many: false, root: true }
  return {
    resource,
    constant: [
      { name: 'word', valueString: "o'c" },
      { name: 'number', valueInteger: 3 },
      { name: 'flag', valueBoolean: true },
    ],
    select: [
      { column: [{ name: 'id', path: 'id', type: 'id' }] },
      select(root, c, 0),
      ...times(d, 1, () => select(root, c, 0)),
    ],
    ...(d.chance(0.4) ? { where: [{ path: criterion(root, d, 0) }] } : {}),
  }
}
