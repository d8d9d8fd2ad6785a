import { parse } from 'lossless-json'
import { type RuleId, refuse } from './rules.ts'
import { checkCharacters } from './text.ts'

/** DuckDB's serialised tree, read without loss: whole numbers are bigint, others number. */
export type Json = null | boolean | string | bigint | number | readonly Json[] | Node
export type Node = Readonly<{ [field: string]: Json }>

const MAX_DEPTH = 40
const MAX_NODES = 5_000

/** Reads the serialisation and bounds it. Throws a Problem; a malformed tree is a bug of the engine and an Error. */
export function readTree(json: string): Node {
  const tree = losslessly(json)
  if (!isNode(tree) || tree['error'] !== false) throw new Error('not a serialised statement')
  measure(tree)
  return tree
}

/** DuckDB writes Infinity for a literal such as 1e1000, which is not JSON. */
function losslessly(json: string): Json {
  try {
    return parse(json, undefined, (text) =>
      /^-?\d+$/.test(text) ? BigInt(text) : Number(text),
    ) as Json
  } catch {
    return refuse('literal-out-of-range', '1:1')
  }
}

export const isNode = (value: Json | undefined): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Nodes are objects with a type of their own; depth counts those, as a reader would count parentheses. */
function measure(root: Json): void {
  let count = 0
  const walk = (value: Json, depth: number): void => {
    if (typeof value === 'string') checkCharacters(value)
    if (Array.isArray(value)) for (const item of value as readonly Json[]) walk(item, depth)
    if (!isNode(value)) return
    const here = typeof value['type'] === 'string' ? 1 : 0
    count += here
    if (depth + here > MAX_DEPTH) refuse('text-too-deep', '1:1')
    if (count > MAX_NODES) refuse('text-too-many-nodes', '1:1')
    for (const field of Object.values(value)) walk(field, depth + here)
  }
  walk(root, 0)
}

/** Fields that may stay unread because they hold nothing: the value each must then have. */
const INERT: Readonly<Record<string, (value: Json) => boolean>> = {
  alias: () => true,
  query_location: () => true,
  modifiers: empty,
  cte_map: (v) => isNode(v) && Object.keys(v).length === 1 && empty(v['map'] ?? null),
  group_expressions: empty,
  group_sets: empty,
  aggregate_handling: (v) => v === 'STANDARD_HANDLING',
  named_param_map: empty,
  sample: (v) => v === null,
  schema: (v) => v === '',
  catalog: (v) => v === '',
  schema_name: (v) => v === '',
  catalog_name: (v) => v === '',
  column_name_alias: empty,
  using_columns: empty,
  delim_flipped: (v) => v === false,
  duplicate_eliminated_columns: empty,
  ref_type: (v) => v === 'REGULAR',
  distinct: (v) => v === false,
  is_operator: () => true,
  export_state: (v) => v === false,
  order_bys: (v) =>
    isNode(v) &&
    v['type'] === 'ORDER_MODIFIER' &&
    empty(v['orders'] ?? null) &&
    Object.keys(v).length === 2,
  key_targets: empty,
  aliases: empty,
  materialized: () => true,
  distinct_on_targets: empty,
  expected_names: empty,
  expected_types: empty,
  exclude_list: empty,
  replace_list: empty,
  rename_list: empty,
  qualified_exclude_list: empty,
  columns: (v) => v === false,
  ignore_nulls: (v) => v === false,
  exclude_clause: (v) => v === 'NO_OTHER',
  arg_orders: empty,
  comparison_type: (v) => v === 'INVALID',
  with_ordinality: (v) => v === 'WITHOUT_ORDINALITY',
}

function empty(value: Json): boolean {
  return Array.isArray(value) && value.length === 0
}

/** Where a node stands; a SELECT and a comma have no place of their own, so that of their first part with one. */
function locationOf(node: Node): bigint | undefined {
  const own = node['query_location']
  if (typeof own === 'bigint' && own < 2n ** 63n) return own
  const list = node['select_list']
  const parts = [
    ...(Array.isArray(list) ? (list as readonly Json[]) : []),
    node['right'],
    node['from_table'],
  ]
  for (const part of parts) {
    const found = isNode(part) ? locationOf(part) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** One node being read. `done` refuses every field that was neither read nor inert. */
export type Reader = Readonly<{
  node: Node
  type: string
  place: string
  has(field: string): boolean
  text(field: string): string
  flag(field: string): boolean
  child(field: string): Node
  maybe(field: string): Node | undefined
  children(field: string): readonly Node[]
  strings(field: string): readonly string[]
  value(field: string): Json | undefined
  done(rule?: RuleId): void
}>

/** Opens a node. A field of another form than asked for is a bug of the engine and an Error. */
export function open(node: Node, place: (offset: bigint | undefined) => string): Reader {
  const seen = new Set(['type', 'class'])
  const take = (field: string): Json | undefined => {
    seen.add(field)
    return node[field]
  }
  const here = place(locationOf(node))
  const form = (field: string): never => {
    throw new Error(`the tree has an unexpected ${field}`)
  }
  return {
    node,
    type: String(node['type']),
    place: here,
    has: (field) => node[field] !== undefined && node[field] !== null,
    text: (field) => {
      const v = take(field)
      return typeof v === 'string' ? v : v === undefined ? '' : form(field)
    },
    flag: (field) => take(field) === true,
    child: (field) => {
      const v = take(field)
      return isNode(v) ? v : form(field)
    },
    maybe: (field) => {
      const v = take(field)
      return v === undefined || v === null ? undefined : isNode(v) ? v : form(field)
    },
    children: (field) => {
      const v = take(field) ?? []
      return Array.isArray(v) && v.every(isNode) ? (v as readonly Node[]) : form(field)
    },
    strings: (field) => {
      const v = take(field) ?? []
      return Array.isArray(v) && v.every((s) => typeof s === 'string') ? v : form(field)
    },
    value: take,
    done: (rule = 'option-unknown') => {
      for (const [field, value] of Object.entries(node))
        if (!seen.has(field) && value !== null && INERT[field]?.(value) !== true)
          refuse(rule, here, {
            reason: `${String(node['type'])}: ${field} is not in the provable subset here.`,
          })
    },
  }
}
