import { type Kind, kindOf, sqlType } from './model.ts'
import { alarm, type Place } from './refuse.ts'
import { type Demands, type Node, node } from './schema.ts'
import { cast, filter, item, map, nothingOf, raise, size } from './sql.ts'

/**
 * A FHIRPath collection as SQL: a scalar that is NULL when empty, or (`many`) a list, NULL or [] when empty.
 * `type` is the FHIR type; '?' is the type of what cannot exist.
 */
export type Value = Readonly<{
  type: string
  many: boolean
  sql: string
  node?: Node
  /** value[x] before ofType: its alternatives, each not yet read. */
  alternatives?: readonly Readonly<{ type: string; read: () => Value }>[]
  /** The `_name` sibling of a primitive, which carries its extensions. */
  shadow?: () => Value
  /** The resource itself, which is columns and no value; `guard` is what a where() asked of it. */
  root?: Readonly<{ guard?: string }>
  /** The list as it was read, of which `sql` is the part without nulls. */
  padded?: Readonly<{ list: string; filtered: string }>
  /** A constant as it is written in the view. */
  written?: string
  /** Statically empty. */
  nothing?: true
}>

/** What one iteration gives the expressions inside it. */
export type Scope = Readonly<{
  focus: Value
  rowIndex: string
  place: Place
  pass: Pass
  constants: ReadonlyMap<string, Value>
  /** In a repeat a path meets nodes of several types: an element that the type lacks is empty, not an error. */
  lenient?: true
}>

/** The state of one pass over the view: fresh names, the schema, and what the pass finds out. */
export type Pass = Readonly<{
  demands: Demands
  nodes: Map<string, Node>
  fresh: (prefix: string) => string
  resource: string
  /** Absolute bases that mean this server: `https://fhir.example/r4`. */
  bases: readonly string[]
}>

export const UNKNOWN = '?'
export const nothing = (type: string): Value => {
  const kind = kindOf(type)
  return { type, many: false, sql: nothingOf(kind ? sqlType(kind) : 'VARCHAR'), nothing: true }
}
export const scalar = (type: string, sql: string): Value => ({ type, many: false, sql })
export const kind = (v: Value): Kind | undefined => kindOf(v.type)

/** The one value of a collection that should have at most one; more than one stops the query with a named alarm. */
export function single(v: Value, place: Place): string {
  if (!v.many) return v.sql
  return `CASE WHEN ${size(v.sql)} > 1 THEN ${raise(alarm('many-values', place))} ELSE ${item(v.sql, 1)} END`
}

/** The collection as a list; never NULL. */
export function list(v: Value): string {
  if (v.many) return `coalesce(${v.sql}, [])`
  return `CASE WHEN ${v.sql} IS NULL THEN [] ELSE [${v.sql}] END`
}

export function exists(v: Value): string {
  if (v.nothing) return 'FALSE'
  if (v.alternatives) return `(${v.alternatives.map((a) => exists(a.read())).join(' OR ')})`
  if (v.root) return v.root.guard ?? 'TRUE'
  return v.many ? `(${size(v.sql)} > 0)` : `(${v.sql} IS NOT NULL)`
}

/**
 * JSON arrays of primitives pad with null where only an extension stands; a null is no value. The lambda has one
 * name everywhere, so that the engine sees equal expressions as equal and computes them once.
 */
export const present = (listSql: string): string => filter(listSql, 'x', 'x IS NOT NULL')

/** A node for what is parsed from JSON inside the query: an element of a repeat, a contained resource. */
export function detached(pass: Pass, key: string, type: string): Node {
  const made = pass.nodes.get(key) ?? node(key, type, false)
  pass.nodes.set(key, made)
  return made
}

/** A decimal as DOUBLE, also in a pass that reads its text for a boundary. */
export function plain(v: Value, pass: Pass): Value {
  if (!v.node || v.type !== 'decimal' || !pass.demands.textual.has(v.node.key)) return v
  const { node: _, ...bare } = v
  const each = pass.fresh('e')
  return {
    ...bare,
    sql: v.many ? map(v.sql, each, cast(each, 'DOUBLE')) : cast(v.sql, 'DOUBLE'),
  }
}
