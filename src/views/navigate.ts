import { anywhere, choiceKey, type Field, fieldOf, isComplex, kindOf, sqlType } from './model.ts'
import { inside, type Place, refuse } from './refuse.ts'
import { child, decode, type Node } from './schema.ts'
import { dot, filter, holds, ident, item, map, nothingOf } from './sql.ts'
import { detached, nothing, present, type Scope, UNKNOWN, type Value } from './value.ts'

const isPolymorphic = (type: string): boolean => type === 'Resource' || type === 'DomainResource'

/** The value of an element that was read as JSON, made a struct; anything else as it is. */
function opened(base: string, parent: Node, scope: Scope): string {
  if (!scope.pass.demands.raw.has(parent.key)) return base
  scope.pass.nodes.set(parent.key, parent)
  return decode(base, parent, scope.pass.fresh('d'))
}

/** Reads `key` below `on`, which is a resource, a struct or a list of structs. */
function read(on: Value, key: string, type: string, many: boolean, scope: Scope): Value {
  const parent = on.node
  if (!parent) throw new Error('a complex value without a schema')
  const kind = kindOf(type)
  const target = child(parent, key, type, many, kind ? sqlType(kind) : undefined)
  if (isPolymorphic(type)) scope.pass.demands.raw.add(target.key)
  const result = (sql: string, isMany: boolean): Value => ({
    type,
    many: isMany,
    sql,
    ...(kind ? (kind === 'decimal' ? { node: target } : {}) : { node: target }),
  })
  if (on.root || !on.many) {
    const sql = on.root ? column(key, on.root.guard) : dot(opened(on.sql, parent, scope), key)
    if (!many) return result(sql, false)
    const filtered = present(sql)
    return { ...result(filtered, true), padded: { list: sql, filtered } }
  }
  const each = scope.pass.fresh('e')
  const fields = map(on.sql, each, dot(opened(each, parent, scope), key))
  return result(present(many ? `flatten(${fields})` : fields), true)
}

const column = (key: string, guard: string | undefined): string =>
  guard ? `CASE WHEN ${guard} THEN ${ident(key)} END` : ident(key)

function readField(on: Value, field: Field, scope: Scope): Value {
  const many = field.many || on.many
  if (field.choice || field.types.length > 1)
    return {
      type: UNKNOWN,
      many,
      sql: nothingOf('VARCHAR'),
      alternatives: field.types.map((type) => ({
        type,
        read: () => read(on, choiceKey(field.name, type), type, field.many, scope),
      })),
    }
  const type = field.types[0] ?? UNKNOWN
  const value = read(on, field.name, type, field.many, scope)
  if (!kindOf(type)) return value
  return { ...value, shadow: () => read(on, `_${field.name}`, 'Element', field.many, scope) }
}

/** `on.name`, typed by the R4 model. Throws `unknown-element`, or `choice-spelled-out` for valueQuantity. */
export function member(on: Value, name: string, at: number, scope: Scope): Value {
  const place = inside(scope.place, at)
  if (on.alternatives) return ambiguous(place)
  if (on.type === UNKNOWN) return nothing(UNKNOWN)
  if (on.root && name === on.type) return on
  const field = fieldOf(on.type, name)
  if (field && on.nothing) return nothing(field.choice ? UNKNOWN : (field.types[0] ?? UNKNOWN))
  if (field) return readField(on, field, scope)
  if (scope.lenient && anywhere(name)) return nothing(UNKNOWN)
  return unknown(on, name, place)
}

function unknown(on: Value, name: string, place: Place): never {
  const [, stem = '', type = ''] = /^([a-z]+[a-z0-9]*)([A-Z]\w*)$/.exec(name) ?? []
  if (fieldOf(on.type, stem)?.choice)
    refuse(
      'choice-spelled-out',
      place,
      `${name} is the JSON name of a choice, not a FHIRPath element.`,
      `Write ${stem}.ofType(${type}).`,
    )
  return refuse(
    'unknown-element',
    place,
    isComplex(on.type)
      ? `${on.type} has no element ${name} in FHIR R4.`
      : `${on.type} is a primitive and has no element ${name}.`,
    'Correct the name at the named column.',
  )
}

export const ambiguous = (place: Place): never =>
  refuse(
    'choice-needs-of-type',
    place,
    'This element is a choice of types.',
    'Name the type: value.ofType(Quantity).',
  )

/** `on.ofType(type)`; empty where the type cannot be. */
export function ofType(on: Value, type: string, place: Place, scope: Scope): Value {
  if (!isComplex(type) && !kindOf(type))
    refuse('unknown-type', place, `${type} is not a type of FHIR R4.`, 'Correct the type.')
  if (on.alternatives) {
    const found = on.alternatives.find((a) => a.type === type)
    if (found) return found.read()
    return refuse(
      'type-not-in-choice',
      place,
      `This element can not be of type ${type} in FHIR R4.`,
      `Choose one of ${on.alternatives.map((a) => a.type).join(', ')}.`,
    )
  }
  if (on.nothing) return nothing(type)
  if (isPolymorphic(on.type) && on.node) {
    const each = scope.pass.fresh('e')
    const inner = detached(scope.pass, `${on.node.key}<${type}>`, type)
    scope.pass.demands.raw.add(inner.key)
    const isType = (x: string): string => holds(`(${x} ->> '$.resourceType') = '${type}'`)
    const sql = on.many
      ? filter(on.sql, each, isType(each))
      : `CASE WHEN ${isType(on.sql)} THEN ${on.sql} END`
    return { type, many: on.many, sql, node: inner }
  }
  return on.type === type ? on : nothing(type)
}

/** Keeps the elements for which `test` holds; `test` gets one element as a scalar. */
export function where(on: Value, test: (element: Value) => string, scope: Scope): Value {
  if (on.nothing) return on
  const { shadow: _, ...bare } = on
  if (on.root) {
    const both = [on.root.guard, holds(test(on))].filter((s) => s !== undefined)
    return { ...bare, root: { guard: `(${both.join(' AND ')})` } }
  }
  if (!on.many) return { ...bare, sql: `CASE WHEN ${holds(test(on))} THEN ${on.sql} END` }
  const each = scope.pass.fresh('e')
  return { ...bare, sql: filter(on.sql, each, holds(test({ ...bare, many: false, sql: each }))) }
}

/** `on[index]`, counted from 0. */
export function at(on: Value, index: number): Value {
  const { shadow: _, ...bare } = on
  if (on.nothing) return on
  if (on.root) return index === 0 ? on : { ...bare, root: { guard: 'FALSE' } }
  if (!on.many) return index === 0 ? on : nothing(on.type)
  return { ...bare, many: false, sql: index === 0 ? head(on) : item(on.sql, index + 1) }
}

const SHORT = 300
/** The first item. Where the list is short to write, its own head is tried before nulls are filtered out. */
function head({ sql, padded }: Value): string {
  if (padded?.filtered !== sql || padded.list.length > SHORT) return item(sql, 1)
  const first = item(padded.list, 1)
  return `CASE WHEN ${first} IS NOT NULL THEN ${first} ELSE ${item(sql, 1)} END`
}
