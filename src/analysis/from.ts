import type { TableSpec } from '../domain/dataset.ts'
import { conjunctNodes } from './conjunctions.ts'
import {
  type Context,
  type Parts,
  queryNode,
  type Scope,
  sameName,
  type Visible,
} from './context.ts'
import { expression } from './expressions.ts'
import type { Relation, Scalar } from './ir.ts'
import { columnOf, columnScalar, lookUp } from './names.ts'
import { type JoinKind, joined, partUse, valuesOf } from './relations.ts'
import { refuse } from './rules.ts'
import { cast, compare, constantNumber, literal, unify } from './scalars.ts'
import type { Node, Reader } from './tree.ts'
import { typeOfColumn } from './types.ts'
import { some } from './walk.ts'

/** A query below the released one: its relation, and the names it shows, in order. */
export type Query = Readonly<{ relation: Relation; names: Visible['columns'] }>
/** Reads a query; handed in because FROM and SELECT contain each other. */
export type ReadQuery = (node: Node, context: Context, parts: Parts) => Query

/** `where` are the conjuncts of the WHERE: a comma join takes the equality of two person keys from there. */
export function fromClause(
  node: Node,
  context: Context,
  parts: Parts,
  query: ReadQuery,
  where: readonly Node[] = [],
): Scope {
  const r = context.read(node)
  const scope = fromNode(r, context, parts, query, where)
  if (r.has('sample')) refuse('sample-on-persons', r.place)
  r.done()
  return scope
}

function fromNode(
  r: Reader,
  context: Context,
  parts: Parts,
  query: ReadQuery,
  where: readonly Node[],
): Scope {
  switch (r.type) {
    case 'BASE_TABLE':
      return baseTable(r, context, parts)
    case 'SUBQUERY': {
      const { relation, names } = query(queryNode(r.child('subquery'), context), context, parts)
      return named(r, r.text('alias'), relation, names)
    }
    case 'JOIN':
      return joinNode(r, context, parts, query, where)
    case 'EXPRESSION_LIST': {
      const rows = r.value('values') as readonly (readonly Node[])[]
      r.text('alias')
      return valuesList(r, rows, context)
    }
    case 'TABLE_FUNCTION':
      return series(r, context)
    case 'EMPTY':
      return refuse('release-about-nobody', r.place)
    default:
      return refuse('node-unknown', r.place, {
        reason: `${r.type} is not in the provable subset of FROM.`,
      })
  }
}

/** The names of one FROM item, renamed by `AS t(a, b)`. */
function named(r: Reader, alias: string, relation: Relation, names: Visible['columns']): Scope {
  const renamed = r.strings('column_name_alias')
  if (renamed.length > names.length) refuse('alias-count', r.place)
  const columns = names.map((n, i) => ({ ...n, name: renamed[i] ?? n.name }))
  return { relation, tables: [{ alias, columns, withheld: [] }] }
}

function baseTable(r: Reader, context: Context, parts: Parts): Scope {
  const name = r.text('table_name')
  if (r.text('schema_name') !== '' || r.text('catalog_name') !== '')
    refuse('table-qualified', r.place)
  const alias = r.text('alias') || name
  const part = [...parts].find(([n]) => sameName(n, name))?.[1]
  if (part !== undefined) {
    const relation = partUse(part.part, context.fresh)
    const names = part.names.map((n) => ({
      name: n.name,
      id: relation.columns[part.part.body.columns.findIndex((c) => c.id === n.id)]?.id ?? -1,
    }))
    return named(r, alias, relation, names)
  }
  const isIt = (t: TableSpec): boolean => sameName(t.name, name)
  const known = context.known.find(isIt)
  const spec = context.dictionary.find(isIt)
  if (spec === undefined) return refuse(known ? 'table-not-granted' : 'table-unknown', r.place)
  const one = spec.rowsPerPerson.kind === 'one'
  const columns = spec.columns.map((c) => ({
    id: context.fresh(),
    type: typeOfColumn(c),
    constant: one || c.domain.kind === 'person',
  }))
  const key = columns.find((c) => c.type.kind === 'person')?.id
  const relation: Relation = {
    op: 'scan',
    table: spec.name,
    names: spec.columns.map((c) => c.name),
    columns,
    ...(key !== undefined && { key }),
    rows: spec.rowsPerPerson.kind === 'one' ? 1 : spec.rowsPerPerson.cap,
    unique: [],
  }
  const scope = named(
    r,
    alias,
    relation,
    spec.columns.map((c, i) => ({ name: c.name, id: columns[i]?.id ?? -1 })),
  )
  const withheld = (known?.columns ?? [])
    .map((c) => c.name)
    .filter((n) => !spec.columns.some((c) => sameName(c.name, n)))
  return { ...scope, tables: scope.tables.map((t) => ({ ...t, withheld })) }
}

const joinTypes: Readonly<Record<string, JoinKind | 'right'>> = {
  INNER: 'inner',
  LEFT: 'left',
  RIGHT: 'right',
  SEMI: 'semi',
  ANTI: 'anti',
}

function joinNode(
  r: Reader,
  context: Context,
  parts: Parts,
  query: ReadQuery,
  where: readonly Node[],
): Scope {
  const form = r.text('ref_type')
  const written = joinTypes[r.text('join_type')]
  if (written === undefined || !['REGULAR', 'CROSS'].includes(form))
    return refuse('join-kind', r.place)
  // The WHERE filters what an inner join gives, so a link below it is one of the join; never below an outer one.
  const below = written === 'inner' ? where : []
  const one = fromClause(r.child('left'), context, parts, query, below)
  const two = fromClause(r.child('right'), context, parts, query, below)
  for (const t of one.tables)
    if (t.alias !== '' && two.tables.some((u) => sameName(u.alias, t.alias)))
      refuse('alias-duplicate', r.place)
  const both: Relation = {
    ...one.relation,
    columns: [...one.relation.columns, ...two.relation.columns],
  }
  const scope: Scope = { relation: both, tables: [...one.tables, ...two.tables] }
  const using = r.strings('using_columns')
  const condition = r.maybe('condition')
  const tests = [
    ...using.map((name) => equated(name, one, two, r.place)),
    ...(condition === undefined
      ? []
      : conjunctNodes(condition, context)
          .map((n) => expression(n, { context, scope, parts }))
          .filter((t) => !(t.op === 'literal' && t.value === true))),
    ...(form === 'CROSS' || condition === undefined ? keyLinks(below, scope, context) : []),
  ]
  for (const t of tests)
    if (some(t, (s) => s.op === 'aggregate' || s.op === 'window'))
      refuse('aggregate-misplaced', t.at)
  const [kind, left, right] =
    written === 'right' ? (['left', two, one] as const) : ([written, one, two] as const)
  const relation = joined(kind, left.relation, right.relation, tests, r.place)
  if (kind === 'semi' || kind === 'anti') return { relation, tables: left.tables }
  // USING shows its columns once: those of the kept side. The others need their alias.
  const qualified = (t: Visible): Visible => ({
    ...t,
    columns: t.columns.map((c) =>
      using.some((u) => sameName(u, c.name)) ? { ...c, qualified: true } : c,
    ),
  })
  const tables =
    written === 'right'
      ? [...one.tables.map(qualified), ...two.tables]
      : [...one.tables, ...two.tables.map(qualified)]
  return { relation, tables }
}

/** The conjuncts of a WHERE that equate two person keys of this scope, as in `FROM a, b WHERE a.person_id = b.person_id`. */
function keyLinks(where: readonly Node[], scope: Scope, context: Context): readonly Scalar[] {
  return where.flatMap((node) => {
    if (node['type'] !== 'COMPARE_EQUAL') return []
    const r = context.read(node)
    const [left, right] = ['left', 'right'].map((field) => {
      const side = context.read(r.child(field))
      const path = side.type === 'COLUMN_REF' ? side.strings('column_names') : []
      // A bare name may mean something else once all tables are in sight.
      return path.length === 2 ? lookUp(scope, path, side.place) : undefined
    })
    if (left === undefined || right === undefined) return []
    if (left.type.kind !== 'person' || right.type.kind !== 'person') return []
    return [compare('eq', left, right, r.place)]
  })
}

function equated(name: string, one: Scope, two: Scope, at: string): Scalar {
  const side = (scope: Scope): Scalar => {
    const hits = scope.tables.flatMap((t) =>
      t.columns.filter((c) => c.qualified !== true && sameName(c.name, name)),
    )
    const [hit, ...more] = hits
    if (hit === undefined) return refuse('column-unknown', at)
    if (more.length > 0) refuse('column-ambiguous', at)
    return columnScalar(columnOf(scope.relation, hit.id), at)
  }
  return compare('eq', side(one), side(two), at)
}

/** A public table of literals: `(VALUES (1, 'a'), (2, 'b')) AS t(n, s)`. */
function valuesList(r: Reader, rows: readonly (readonly Node[])[], context: Context): Scope {
  const nowhere: Scope = { relation: valuesOf([], [], context.fresh), tables: [] }
  const cells = rows.map((row) =>
    row.map((n) => {
      const cell = expression(n, { context, scope: nowhere, parts: new Map() })
      return cell.op === 'literal' ? cell : refuse('argument-constant', cell.at)
    }),
  )
  const width = cells[0]?.length ?? 0
  const types = Array.from({ length: width }, (_, i) =>
    unify(
      cells.map((row) => row[i] ?? refuse('function-arguments', r.place)),
      r.place,
    ),
  )
  const typed = cells.map((row) =>
    row.map((c, i) =>
      c.op === 'literal' && c.value === null ? c : cast(c, types[i]?.kind ?? 'null'),
    ),
  )
  const relation = valuesOf(typed, types, context.fresh)
  return named(
    r,
    '',
    relation,
    relation.columns.map((c, i) => ({ name: `col${i}`, id: c.id })),
  )
}

/** `range(a, b, step)` and `generate_series(a, b, step)` with constants: at most 1,000 public numbers. */
function series(r: Reader, context: Context): Scope {
  const f = context.read(r.child('function'))
  const name = f.text('function_name').toLowerCase()
  const alias = r.text('alias') || name
  if (name !== 'range' && name !== 'generate_series') refuse('function-unknown', f.place)
  const nowhere: Scope = { relation: valuesOf([], [], context.fresh), tables: [] }
  const args = f
    .children('children')
    .map((n) => constantNumber(expression(n, { context, scope: nowhere, parts: new Map() })))
  f.done()
  if (
    args.length === 0 ||
    args.length > 3 ||
    !args.every((a) => a !== undefined && Number.isInteger(a))
  )
    refuse('argument-constant', f.place)
  const [from = 0, to = 0, step = 1] = (args.length === 1 ? [0, ...args] : args) as number[]
  const end = name === 'range' ? to - 1 : to
  const count = step > 0 ? Math.floor((end - from) / step) + 1 : 0
  if (count < 1 || count > 1000)
    refuse('argument-constant', f.place, { reason: 'A range gives between 1 and 1,000 numbers.' })
  const numbers = Array.from({ length: count }, (_, i) =>
    literal(from + i * step, 'integer', f.place),
  )
  const type = unify(numbers, f.place)
  const relation = valuesOf(
    numbers.map((n) => [n]),
    [type],
    context.fresh,
  )
  return named(r, alias, relation, [{ name, id: relation.columns[0]?.id ?? -1 }])
}
