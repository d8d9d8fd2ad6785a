import { conjunctNodes } from './conjunctions.ts'
import { type Place, queryNode, type Scope } from './context.ts'
import { expression } from './expressions.ts'
import { fromClause } from './from.ts'
import type { Aggregation, Named, Relation, Scalar } from './ir.ts'
import { columnOf, columnScalar, isKey } from './names.ts'
import { ordering } from './over.ts'
import { bounded, filter } from './relations.ts'
import { refuse } from './rules.ts'
import { alike, constantNumber, logic } from './scalars.ts'
import { query, withParts } from './select.ts'
import type { Node, Reader } from './tree.ts'
import { orNull, truth } from './types.ts'
import { columnsRead, rewrite, some } from './walk.ts'

/** EXISTS, IN and scalar subqueries: public ones as they are, those about persons tied to the person of the row. */
export function subquery(r: Reader, place: Place): Scalar {
  const kind = r.text('subquery_type')
  const comparison = r.text('comparison_type')
  const node = queryNode(r.child('subquery'), place.context)
  const child = r.maybe('child')
  if (kind !== 'ANY' && (comparison !== 'INVALID' || child !== undefined))
    return refuse('subquery-form', r.place)
  if (kind === 'EXISTS') return exists(node, r, place)
  if (kind === 'ANY' && child !== undefined && comparison === 'COMPARE_EQUAL')
    return among(expression(child, place), node, r, place)
  if (kind === 'SCALAR') return scalarSubquery(node, r, place)
  return refuse('subquery-form', r.place)
}

type Tied = Readonly<{
  input: Relation
  outer: number
  tests: readonly Scalar[]
  scope: Scope
  links: number
}>

/** FROM and WHERE of a subquery whose WHERE ties its person to the person outside. */
function tied(r: Reader, place: Place, at: string): Tied {
  const parts = withParts(r, place.context, place.parts)
  const from = fromClause(r.child('from_table'), place.context, parts, query)
  const scope: Scope = { ...from, outer: place.scope }
  const where = r.maybe('where_clause')
  const inside: Place = { context: place.context, scope, parts, correlated: true }
  const tests =
    where === undefined ? [] : conjunctNodes(where, place.context).map((n) => expression(n, inside))
  const { relation } = scope
  const own = (id: number): boolean => relation.columns.some((c) => c.id === id)
  const link = tests.find((t) => t.op === 'same-person' && own(t.left) !== own(t.right))
  if (relation.key === undefined || link?.op !== 'same-person')
    refuse('subquery-not-correlated', at)
  const [inner, outer] = own(link.left) ? [link.left, link.right] : [link.right, link.left]
  const others = tests.filter((t) => t !== link)
  const local = others.filter((t) => columnsRead(t).every(own))
  const crossing = others.filter((t) => !local.includes(t))
  for (const t of crossing)
    if (some(t, (s) => s.op === 'aggregate' || s.op === 'window'))
      refuse('aggregate-misplaced', t.at)
  for (const t of local)
    if (some(t, (s) => s.op === 'aggregate' || s.op === 'window'))
      refuse('aggregate-misplaced', t.at)
  // An inner key that may be NULL ties through the full key where it is not.
  const named = isKey(columnOf(relation, inner))
    ? local
    : [...local, notMissing(inner, relation, at)]
  const input = filter(relation, named, at)
  // Each row outside is compared with each of its person inside.
  if (crossing.length > 0) bounded(place.scope.relation.rows * input.rows, at)
  return { input, outer, tests: crossing, scope, links: inner }
}

const notMissing = (id: number, relation: Relation, at: string): Scalar => ({
  op: 'call',
  name: 'is-not-null',
  args: [{ op: 'column', ...columnOf(relation, id), at }],
  type: truth(false),
  constant: false,
  at,
})

const whereOf = (tests: readonly Scalar[], at: string) =>
  tests.length === 0 ? {} : { where: logic('and', tests, at) }

/** The outer columns a subquery depends on are all constant per person. */
function steady(place: Place, made: Scalar): boolean {
  return columnsRead(made).every(
    (id) => place.scope.relation.columns.find((c) => c.id === id)?.constant === true,
  )
}

function exists(node: Node, r: Reader, place: Place): Scalar {
  const s = place.context.read(node)
  if (s.type !== 'SELECT_NODE') refuse('subquery-form', r.place)
  const items = s.children('select_list')
  const { input, outer, tests, scope } = tied(s, place, r.place)
  for (const item of items) trivial(item, { context: place.context, scope, parts: place.parts })
  s.done('subquery-form')
  const made = {
    op: 'exists',
    input,
    outer,
    ...whereOf(tests, r.place),
    type: truth(false),
    at: r.place,
  } as const
  const scalar: Scalar = { ...made, constant: false }
  return { ...made, constant: steady(place, scalar) }
}

/** What EXISTS selects does not matter, but it must be a column, a constant or a star. */
function trivial(item: Node, inside: Place): void {
  const r = inside.context.read(item)
  if (r.type === 'STAR') {
    r.text('relation_name')
    r.done('subquery-form')
  } else if (['VALUE_CONSTANT', 'COLUMN_REF'].includes(r.type)) expression(item, inside)
  else refuse('subquery-form', r.place)
}

function among(needle: Scalar, node: Node, r: Reader, place: Place): Scalar {
  const { relation: input, names } = query(node, place.context, place.parts)
  const [only, ...more] = names
  if (only === undefined || more.length > 0) refuse('subquery-form', r.place)
  if (input.key === undefined) {
    const column = columnScalar(columnOf(input, only.id), r.place)
    const [left, right] = alike(needle, column, r.place)
    if (right !== column || input.columns.length > 1) refuse('types-differ', r.place)
    return {
      op: 'among',
      needle: left,
      input,
      type: truth(true),
      constant: left.constant,
      at: r.place,
    }
  }
  if (needle.op !== 'column' || needle.type.kind !== 'person' || !isKey(columnOf(input, only.id)))
    refuse('subquery-not-correlated', r.place, {
      fix: 'Write person_id IN (SELECT person_id ...), or EXISTS with WHERE inner.person_id = outer.person_id.',
    })
  return {
    op: 'exists',
    input: keyOnly(input, only.id),
    outer: needle.id,
    type: truth(false),
    constant: needle.constant,
    at: r.place,
  }
}

/** The subquery's own key is the selected column, which is the key as well. */
const keyOnly = (input: Relation, id: number): Relation => ({ ...input, key: id })

function scalarSubquery(node: Node, r: Reader, place: Place): Scalar {
  const s = place.context.read(node)
  if (s.type !== 'SELECT_NODE' || !s.has('from_table')) refuse('subquery-form', r.place)
  const items = s.children('select_list')
  const [item] = items
  if (item === undefined || items.length > 1) refuse('subquery-form', r.place)
  const { input, outer, tests, scope } = tied(s, place, r.place)
  const inside: Place = {
    context: place.context,
    scope: { ...scope, relation: input },
    parts: place.parts,
  }
  const modifiers = s.children('modifiers')
  const written = expression(item, inside)
  const picked = modifiers.length > 0 ? firstOf(written, modifiers, inside, r) : written
  s.done('subquery-form')
  const aggregates: Named<Aggregation>[] = []
  const value = rewrite(picked, (x) => {
    if (x.op !== 'aggregate') return undefined
    const id = place.context.fresh()
    aggregates.push({ id, value: x.aggregation })
    return { op: 'column', id, type: x.type, constant: false, at: x.at }
  })
  const own = new Set(aggregates.map((a) => a.id))
  if (aggregates.length === 0 || columnsRead(value).some((id) => !own.has(id)))
    refuse('subquery-form', r.place, {
      reason: 'A scalar subquery about persons must be an aggregate, or ORDER BY ... LIMIT 1.',
      fix: 'Use max(x), count(*), arg_max(x, by) or the like.',
    })
  const made = {
    op: 'lookup',
    input,
    outer,
    ...whereOf(tests, r.place),
    aggregates,
    value,
    type: orNull(value.type),
    at: r.place,
  } as const
  const scalar: Scalar = { ...made, constant: false }
  return { ...made, constant: steady(place, scalar) }
}

/** `SELECT x ... ORDER BY d DESC LIMIT 1` within one person is the first of x by d. */
function firstOf(value: Scalar, modifiers: readonly Node[], inside: Place, r: Reader): Scalar {
  const [first, second, ...more] = modifiers.map((m) => inside.context.read(m))
  const isOne = (limit: Reader): boolean =>
    constantNumber(expression(limit.child('limit'), inside)) === 1
  if (
    first?.type !== 'ORDER_MODIFIER' ||
    second?.type !== 'LIMIT_MODIFIER' ||
    more.length > 0 ||
    value.op === 'aggregate' ||
    !isOne(second)
  )
    return refuse('subquery-form', r.place)
  const order = ordering(first.children('orders'), inside, expression)
  first.done('subquery-form')
  second.done('subquery-form')
  const aggregation: Aggregation = {
    name: 'first',
    arg: value,
    order: [...order, { by: value, descending: false, nullsFirst: false }],
    type: orNull(value.type),
  }
  return { op: 'aggregate', aggregation, type: aggregation.type, constant: false, at: r.place }
}
