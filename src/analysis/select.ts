import { combined } from './combined.ts'
import { conjunctNodes } from './conjunctions.ts'
import {
  type Context,
  type Parts,
  type Place,
  queryNode,
  type Scope,
  sameName,
  type Visible,
} from './context.ts'
import { expression } from './expressions.ts'
import { factsOf } from './facts.ts'
import { fromClause, type Query } from './from.ts'
import { grouped } from './grouping.ts'
import type { Named, Part, Relation, Scalar, Window } from './ir.ts'
import { columnOf, columnScalar, isKey, lookUp, starred } from './names.ts'
import { distinct, filter, project, windowed } from './relations.ts'
import { refuse } from './rules.ts'
import { cast, constantNumber, unify } from './scalars.ts'
import type { Json, Node, Reader } from './tree.ts'
import { rewrite, same, some } from './walk.ts'

/** A query below the released SELECT. It has no LIMIT and no place outside itself. */
export function query(node: Node, context: Context, parts: Parts): Query {
  const r = context.read(node)
  switch (r.type) {
    case 'SELECT_NODE':
      return selectNode(r, context, withParts(r, context, parts))
    case 'SET_OPERATION_NODE':
      return setNode(r, context, withParts(r, context, parts))
    case 'RECURSIVE_CTE_NODE':
      return refuse('cte-recursive', r.place)
    default:
      return refuse('node-unknown', r.place, { reason: `${r.type} is not in the provable subset.` })
  }
}

/** WITH names come into sight one after the other; a later one hides an earlier one of the same name. */
export function withParts(r: Reader, context: Context, parts: Parts): Parts {
  const named = r.maybe('cte_map')
  const list = named === undefined ? undefined : context.read(named)
  const map = list?.children('map') ?? []
  list?.done()
  const seen = new Map(parts)
  for (const entry of map) {
    const pair = context.read(entry)
    const name = pair.text('key')
    const value = context.read(pair.child('value'))
    pair.done()
    const body = query(queryNode(value.child('query'), context), context, seen)
    const aliases = value.strings('aliases')
    value.done()
    if (aliases.length > body.names.length) refuse('alias-count', value.place)
    const part: Part = { id: context.fresh(), body: body.relation }
    for (const other of seen.keys()) if (sameName(other, name)) seen.delete(other)
    seen.set(name, {
      part,
      names: body.names.map((n, i) => ({ ...n, name: aliases[i] ?? n.name })),
    })
  }
  return seen
}

/** What a SELECT says before it is grouped. */
export type Core = Readonly<{
  place: Place
  items: readonly Item[]
  keys: readonly Scalar[]
}>
export type Item = Readonly<{ name: string; value: Scalar; node: Node }>

/** FROM, WHERE, the SELECT list and the GROUP BY list, all read before grouping. */
export function selectCore(r: Reader, context: Context, parts: Parts): Core {
  if (r.has('sample')) refuse('sample-on-persons', r.place)
  if (r.text('aggregate_handling') !== 'STANDARD_HANDLING')
    refuse('option-unknown', r.place, {
      reason: 'GROUP BY ALL groups by what it finds.',
      fix: 'Name the labels.',
    })
  const where = r.maybe('where_clause')
  const conditions = where === undefined ? [] : conjunctNodes(where, context)
  const from = fromClause(r.child('from_table'), context, parts, query, conditions)
  const before: Place = { context, scope: from, parts }
  const tests = conditions.map((n) => plainly(expression(n, before)))
  const scope: Scope = { ...from, relation: filter(from.relation, tests, r.place) }
  const place: Place = { context, scope, parts, known: factsOf(tests) }
  const items = r.children('select_list').flatMap((n) => selectItem(n, place))
  const keys = r.children('group_expressions').map((n) => groupKey(n, items, place))
  return { place, items, keys }
}

/** WHERE looks at rows: an aggregate or a window there would look at others. */
function plainly(s: Scalar): Scalar {
  if (some(s, (x) => x.op === 'aggregate')) refuse('aggregate-misplaced', s.at)
  if (some(s, (x) => x.op === 'window')) refuse('window-misplaced', s.at)
  return s
}

function selectItem(node: Node, place: Place): readonly Item[] {
  const r = place.context.read(node)
  if (r.type === 'STAR') {
    const alias = r.text('relation_name')
    r.done('star-option')
    return starred(place.scope, alias === '' ? undefined : alias, r.place).map(({ name, id }) => ({
      name,
      node,
      value: columnScalar(columnOf(place.scope.relation, id), r.place),
    }))
  }
  const value = expression(node, place)
  const path = r.type === 'COLUMN_REF' ? r.strings('column_names') : []
  const called =
    r.type === 'FUNCTION' ? r.text('function_name').replace('count_star', 'count') : 'value'
  return [{ name: r.text('alias') || path.at(-1) || called, node, value }]
}

/** A GROUP BY entry: a column, else an alias or a number of the SELECT list, else an expression. */
function groupKey(node: Node, items: readonly Item[], place: Place): Scalar {
  const r = place.context.read(node)
  if (r.type === 'VALUE_CONSTANT') return byNumber(expression(node, place), items)
  const path = r.type === 'COLUMN_REF' ? r.strings('column_names') : []
  const item = path.length === 1 ? aliased(items, path[0] ?? '') : undefined
  if (item === undefined) return plainly(expression(node, place))
  r.done()
  const column = lookUp(place.scope, path, r.place)
  if (column === undefined || same(column) === same(item.value)) return plainly(item.value)
  return refuse('column-ambiguous', r.place, {
    reason: 'An alias of the SELECT list hides a column of the same name.',
    fix: 'Give the alias another name.',
  })
}

const aliased = (items: readonly Item[], name: string): Item | undefined =>
  items.find((i) => i.node['alias'] !== '' && sameName(i.name, name))

function byNumber(written: Scalar, items: readonly Item[]): Scalar {
  const item = items[(constantNumber(written) ?? 0) - 1]
  return item === undefined ? refuse('column-unknown', written.at) : plainly(item.value)
}

/** GROUP BY a, b lists one set of all its entries; more sets are GROUPING SETS. */
export function groupSets(r: Reader, keys: number): readonly (readonly number[])[] {
  const written = r.value('group_sets') ?? []
  const isSet = (s: Json): boolean =>
    Array.isArray(s) && s.every((n) => typeof n === 'bigint' && n < keys)
  if (!Array.isArray(written) || !written.every(isSet))
    throw new Error('the tree has unexpected group_sets')
  const sets = (written as bigint[][]).map((s) => s.map(Number))
  const whole = sets.length === 1 && sets[0]?.length === keys
  if (sets.length < 2 && !whole && !(sets.length === 0 && keys === 0))
    refuse('option-unknown', r.place)
  return sets
}

/** Names of the SELECT list, for HAVING, QUALIFY and ORDER BY, where no column has the name. */
export const aliasesOf =
  (items: readonly Item[], scope: Scope) =>
  (path: readonly string[], at: string): Scalar | undefined => {
    const [name] = path
    if (path.length !== 1 || name === undefined || lookUp(scope, path, at) !== undefined)
      return undefined
    return aliased(items, name)?.value
  }

function selectNode(r: Reader, context: Context, parts: Parts): Query {
  const core = selectCore(r, context, parts)
  const { items, place } = core
  if (groupSets(r, core.keys.length).length > 1)
    refuse('option-unknown', r.place, {
      reason: 'GROUPING SETS stand only in the released SELECT.',
      fix: 'Group by one set of columns here.',
    })
  const named: Place = { ...place, aliases: aliasesOf(items, place.scope) }
  const optional = (field: string): Scalar[] => {
    const n = r.maybe(field)
    return n === undefined ? [] : [expression(n, named)]
  }
  const having = optional('having')
  const qualify = optional('qualify')
  const after = grouped(
    core.keys,
    [...items.map((i) => i.value), ...having, ...qualify],
    place,
    r.place,
  )
  const values = after.values.slice(0, items.length)
  const have = after.values.slice(items.length, items.length + having.length)
  const qual = after.values.slice(items.length + having.length)
  const base = filter(after.relation, have.map(noWindow), r.place)
  const stage = withWindows(base, [...values, ...qual], context, r.place)
  const kept = filter(stage.relation, stage.values.slice(items.length), r.place)
  return shaped(
    r,
    items.map((item, i) => ({ name: item.name, value: stage.values[i] as Scalar })),
    kept,
    place,
  )
}

const noWindow = (s: Scalar): Scalar =>
  some(s, (x) => x.op === 'window') ? refuse('window-misplaced', s.at) : s

/** Takes window functions out of expressions into a relation of their own. */
function withWindows(input: Relation, values: readonly Scalar[], context: Context, at: string) {
  const items: Named<Window>[] = []
  const out = values.map((v) =>
    rewrite(v, (s) => {
      if (s.op !== 'window') return undefined
      const id = context.fresh()
      items.push({ id, value: s.window })
      return { op: 'column', id, type: s.type, constant: false, at: s.at }
    }),
  )
  if (items.length === 0) return { relation: input, values }
  const relation = windowed(input, items, at)
  const settle = (s: Scalar): Scalar =>
    rewrite(s, (x) => (x.op === 'column' ? { ...x, ...columnOf(relation, x.id) } : undefined))
  return { relation, values: out.map(settle) }
}

type Shown = Readonly<{ name: string; value: Scalar }>

/** The SELECT list as columns, then DISTINCT and its kin. */
function shaped(r: Reader, shown: readonly Shown[], input: Relation, place: Place): Query {
  const { context } = place
  const items = shown.map(({ name, value }) => ({
    id: context.fresh(),
    name,
    value: showable(value),
  }))
  const keyShown = items.some((i) => isKey(i.value))
  let relation: Relation = project(
    input,
    items.map(({ id, value }) => ({ id, value })),
  )
  const names: Visible['columns'] = items.map(({ id, name }) => ({ id, name }))
  for (const node of r.children('modifiers')) {
    const m = context.read(node)
    if (m.type === 'DISTINCT_MODIFIER') {
      if (m.children('distinct_on_targets').length > 0)
        refuse('option-unknown', r.place, {
          reason: 'DISTINCT ON binds its names to the SELECT list.',
          fix: 'Use QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY ...) = 1.',
        })
      relation = distinct(relation, keyShown, r.place)
    } else if (m.type === 'ORDER_MODIFIER') {
      refuse('option-unknown', r.place, {
        reason: 'ORDER BY below the released SELECT means nothing.',
        fix: 'Order the outermost SELECT.',
      })
    } else refuse('limit-on-persons', r.place)
    m.done()
  }
  r.done()
  return { relation, names }
}

/** A person column may be shown below; whether it is the key is in its type. */
const showable = (s: Scalar): Scalar => (s.op === 'same-person' ? refuse('key-unusable', s.at) : s)

function setNode(r: Reader, context: Context, parts: Parts): Query {
  const kind = { UNION: 'union', EXCEPT: 'except', INTERSECT: 'intersect' }[r.text('setop_type')]
  if (kind !== 'union' && kind !== 'except' && kind !== 'intersect')
    return refuse('node-unknown', r.place)
  const all = r.flag('setop_all')
  const children = r.has('children') ? r.children('children') : [r.child('left'), r.child('right')]
  const [head, ...tail] = children.map((n) => query(n, context, parts))
  if (r.children('modifiers').length > 0) refuse('limit-on-persons', r.place)
  r.done()
  if (head === undefined) return refuse('node-unknown', r.place)
  return tail.reduce((left, right) => paired(kind, all, left, right, context, r.place), head)
}

function paired(
  kind: 'union' | 'except' | 'intersect',
  all: boolean,
  left: Query,
  right: Query,
  context: Context,
  at: string,
): Query {
  if (left.names.length !== right.names.length)
    refuse('alias-count', at, {
      reason: 'Both sides need the same number of columns.',
      fix: 'Select the same columns on both sides.',
    })
  const sides = [left, right].map((q) =>
    q.names.map((n) => columnScalar(columnOf(q.relation, n.id), at)),
  )
  const keyAt = sides.map((s) => s.findIndex(isKey))
  if (keyAt[0] !== keyAt[1] || (left.relation.key !== undefined && keyAt[0] === -1))
    refuse('set-needs-person-key', at)
  const aligned = (q: Query, mine: readonly Scalar[], other: readonly Scalar[]): Relation =>
    project(
      q.relation,
      mine.map((s, i) => {
        const type = isKey(s) ? s.type : unify([s, other[i] as Scalar], at)
        return { id: context.fresh(), value: s.type.kind === type.kind ? s : cast(s, type.kind) }
      }),
    )
  const [a, b] = sides as [Scalar[], Scalar[]]
  const ids = left.names.map(() => context.fresh())
  const relation = combined(kind, all, aligned(left, a, b), aligned(right, b, a), ids, at)
  return { relation, names: left.names.map((n, i) => ({ name: n.name, id: ids[i] as number })) }
}
