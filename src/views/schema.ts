import { cast, ident, item, MARK, map, struct, text } from './sql.ts'

/**
 * What a compiled view reads of each resource: only these keys, with these types. A node grows while a view is
 * compiled; it lives for one pass and is never shared.
 */
export type Node = {
  readonly key: string
  readonly many: boolean
  /** SQL type of a primitive; absent for a complex element. */
  readonly leaf?: string
  /** FHIR type as the model names it. */
  readonly type: string
  readonly children: Map<string, Node>
}

/** Findings of a pass that change the next one: what must be read as JSON, which decimals as text. */
export type Demands = Readonly<{ raw: Set<string>; textual: Set<string> }>

export const node = (key: string, type: string, many: boolean, leaf?: string): Node => ({
  key,
  type,
  many,
  children: new Map(),
  ...(leaf === undefined ? {} : { leaf }),
})

export function child(
  parent: Node,
  name: string,
  type: string,
  many: boolean,
  leaf?: string,
): Node {
  const known = parent.children.get(name)
  if (known) return known
  const made = node(`${parent.key}/${name}`, type, many, leaf)
  parent.children.set(name, made)
  return made
}

const isJson = (n: Node, d: Demands): boolean =>
  n.leaf === undefined && (n.children.size === 0 || d.raw.has(n.key))

/** The type of one element in DuckDB's words: a STRUCT of what is used, JSON where nothing inside is used. */
function elementType(n: Node, d: Demands): string {
  if (n.leaf !== undefined) return d.textual.has(n.key) ? 'VARCHAR' : n.leaf
  return isJson(n, d) ? 'JSON' : structType(n, d)
}
const columnType = (n: Node, d: Demands): string => `${elementType(n, d)}${n.many ? '[]' : ''}`
const structType = (n: Node, d: Demands): string =>
  `STRUCT(${[...n.children].map(([k, c]) => `${ident(k)} ${columnType(c, d)}`).join(', ')})`

/** The `columns` argument of read_ndjson. */
export const readColumns = (root: Node, d: Demands): string =>
  `{${[...root.children].map(([k, c]) => `${ident(k)}: ${text(columnType(c, d))}`).join(', ')}}`

/** One field out of a JSON element, strictly typed: a value of another type stops the query. */
function extracted(json: string, key: string, n: Node, d: Demands): string {
  const path = text(`$.${JSON.stringify(key)}`)
  const found = `(${json} -> ${path})`
  if (n.leaf !== undefined || isJson(n, d)) {
    const type = columnType(n, d)
    return type === 'VARCHAR' ? `(${json} ->> ${path})` : cast(found, type)
  }
  const element = `${json}_`
  if (n.many) return map(cast(found, 'JSON[]'), element, unpacked(element, n, d))
  return item(map(`[${found}]`, element, unpacked(element, n, d)), 1)
}

/** The struct of a JSON element. from_json is no help: lenient it nulls mistyped fields, strict it needs every key. */
function unpacked(json: string, n: Node, d: Demands): string {
  const fields = [...n.children].map(([k, c]) => ({ name: k, sql: extracted(json, k, c, d) }))
  const whole = struct(fields.length > 0 ? fields : [{ name: 'id', sql: 'NULL' }])
  return `CASE WHEN json_type(${json}) <> 'NULL' THEN ${whole} END`
}

/** Opens a JSON element. What is used of it is known only when the whole view is compiled: a token stands in. */
export const decode = (json: string, n: Node, name: string): string =>
  item(map(`[${json}]`, name, `${MARK}${n.key} ${name}${MARK}`), 1)

/** Puts the final structs where `decode` left tokens. */
export const settle = (sql: string, nodes: ReadonlyMap<string, Node>, d: Demands): string =>
  sql.replace(/\ue000([^\ue000 ]*) ([^\ue000]*)\ue000/g, (_, key: string, name: string) => {
    const found = nodes.get(key)
    if (!found) throw new Error('a decoded element without a schema')
    return unpacked(name, found, d)
  })

/** A primitive that a view reads, for the loader's format checks. */
export type Read = Readonly<{ path: readonly string[]; lists: readonly boolean[]; type: string }>

export function reads(root: Node): readonly Read[] {
  const walk = (n: Node, path: readonly string[], lists: readonly boolean[]): Read[] =>
    n.children.size === 0
      ? [{ path, lists, type: n.type }]
      : [...n.children].flatMap(([k, c]) => walk(c, [...path, k], [...lists, c.many]))
  return walk(root, [], [])
}
