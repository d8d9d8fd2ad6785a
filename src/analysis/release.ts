import type { Cell } from '../domain/glass.ts'
import type { OutputColumn, Proven, Statistic } from '../domain/proven.ts'
import { bearable } from './burden.ts'
import { type Context, type Parts, type Place, sameName } from './context.ts'
import { expression } from './expressions.ts'
import type { Relation, Scalar } from './ir.ts'
import { type Measure, measuring } from './measures.ts'
import { isKey } from './names.ts'
import { orderEntry } from './over.ts'
import { type Form, form } from './published.ts'
import { filter } from './relations.ts'
import { refuse } from './rules.ts'
import { constantNumber, usable } from './scalars.ts'
import { aliasesOf, groupSets, type Item, selectCore, withParts } from './select.ts'
import type { Node, Reader } from './tree.ts'
import { closedValues } from './types.ts'
import { columnsRead, conjuncts, rewrite, same, some } from './walk.ts'

/** The released SELECT, proven: labels, measures and what to do with published values. */
export type Release = Readonly<{
  relation: Relation
  labels: readonly Label[]
  statistics: readonly (Statistic & Readonly<{ measure: Measure }>)[]
  /** GROUPING SETS, by label. */
  sets?: readonly (readonly number[])[]
  cells: number
  output: readonly OutputColumn[]
  order: Proven['order']
  having: NonNullable<Proven['having']>
  limit?: number
}>
export type Label = Readonly<{ name: string; value: Scalar; values: readonly Cell[] }>

const MOST_CELLS = 100_000

export type Limits = Readonly<{
  /** Cells that one person may contribute to, where it is not proven to be one. */
  cells: number
  /** Rows of one person that a count or sum over rows may reflect. */
  rows: number
}>

/** Reads the outermost query. Throws the refusal of the first rule that is broken. */
export function release(node: Node, context: Context, limits: Limits): Release {
  const r = context.read(node)
  if (r.type === 'SET_OPERATION_NODE') return refuse('release-one-select', r.place)
  if (r.type !== 'SELECT_NODE')
    return refuse(r.type === 'RECURSIVE_CTE_NODE' ? 'cte-recursive' : 'node-unknown', r.place)
  const parts: Parts = withParts(r, context, new Map())
  const core = selectCore(r, context, parts)
  const { place, items, keys } = core
  if (place.scope.relation.key === undefined) refuse('release-about-nobody', r.place)
  if (r.has('qualify')) refuse('window-misplaced', r.place)
  const labels = labelsOf(keys, items)
  const sets = setsOf(groupSets(r, keys.length), keys, labels)
  const tests = havingTests(r, place, items)
  const chosen = sets.length > 1 ? [] : tests.filter((t) => onLabels(t, labels))
  const relation = filter(place.scope.relation, chosen, r.place)
  bearable(
    relation,
    [...items.map((i) => i.value), ...keys, ...tests].flatMap(columnsRead),
    r.place,
  )
  const measures = measuring(relation, limits.rows)
  const forms = items.map((item) => {
    const label = labels.findIndex((l) => same(l.value) === same(item.value))
    return label >= 0 ? label : published(item, measures)
  })
  if (forms.every((f) => typeof f === 'number')) rowsOrNothing(keys, r)
  const output = items.map((item, i) => column(item.name, forms[i] as number | Form))
  distinctNames(output, r)
  const others = tests.filter((t) => !chosen.includes(t))
  return {
    relation,
    labels,
    statistics: measures.statistics(),
    ...(sets.length > 1 && { sets: onePersonOneCell(sets, relation, labels) }),
    cells: cellsOf(relation, labels, limits.cells) * Math.max(1, sets.length),
    output,
    having: havingOf(others, forms, measures),
    ...modifiersOf(r, items, place),
  }
}

function rowsOrNothing(keys: readonly Scalar[], r: Reader): never {
  return refuse(keys.length === 0 ? 'release-rows' : 'release-nothing-counted', r.place)
}

function published(item: Item, measures: ReturnType<typeof measuring>): Form {
  const { value } = item
  if (value.op === 'column' && value.type.kind === 'person')
    refuse('release-rows', value.at, {
      reason: 'person_id stands for a person and is never released.',
    })
  if (!some(value, (s) => s.op === 'aggregate')) refuse('release-rows', value.at)
  return form(value, measures)
}

function column(name: string, f: number | Form): OutputColumn {
  if (typeof f === 'number') return { name, kind: 'label', label: f }
  const rounded = f.digits === undefined ? {} : { digits: f.digits }
  return f.denominator === undefined
    ? { name, kind: 'value', statistic: f.numerator, ...rounded }
    : { name, kind: 'ratio', numerator: f.numerator, denominator: f.denominator, ...rounded }
}

function labelsOf(keys: readonly Scalar[], items: readonly Item[]): Label[] {
  const unique = keys.filter((k, i) => keys.findIndex((o) => same(o) === same(k)) === i)
  const labels = unique.map((value, i): Label => {
    if (isKey(value) || value.type.kind === 'person') refuse('release-label-key', value.at)
    usable(value)
    const values = closedValues(value.type) ?? refuse('label-open', value.at)
    const name = items.find((item) => same(item.value) === same(value))?.name ?? `label_${i + 1}`
    return { name, value, values }
  })
  const count = labels.reduce((n, l) => n * (l.values.length + 1), 1)
  if (count > MOST_CELLS) refuse('labels-too-many', labels[0]?.value.at ?? '1:1')
  return labels
}

/** Labels that are the same in all rows of a person put the person into one cell. */
function cellsOf(relation: Relation, labels: readonly Label[], most: number): number {
  if (relation.rows === 1) return 1
  const spread = labels
    .filter((l) => !l.value.constant)
    .reduce((n, l) => n * (l.values.length + (l.value.type.nullable ? 1 : 0)), 1)
  return Math.max(1, Math.min(most, spread, relation.rows))
}

/** The same sets by label instead of by GROUP BY entry, each once. */
function setsOf(
  sets: readonly (readonly number[])[],
  keys: readonly Scalar[],
  labels: readonly Label[],
): readonly (readonly number[])[] {
  const labelOf = (key: number): number =>
    labels.findIndex((l) => same(l.value) === same(keys[key] as Scalar))
  const mapped = sets.map((s) => [...new Set(s.map(labelOf))].toSorted((a, b) => a - b))
  return mapped.filter((s, i) => mapped.findIndex((o) => o.join() === s.join()) === i)
}

/** What stands for a label that a set leaves out. */
export const ALL = 'all'

function onePersonOneCell(
  sets: readonly (readonly number[])[],
  relation: Relation,
  labels: readonly Label[],
): readonly (readonly number[])[] {
  const at = labels[0]?.value.at ?? '1:1'
  if (cellsOf(relation, labels, Number.POSITIVE_INFINITY) > 1) refuse('grouping-sets-cells', at)
  if (labels.some((l) => l.values.includes(ALL)))
    refuse('label-open', at, { reason: 'A label has the value all, which stands for totals here.' })
  return sets
}

function distinctNames(output: readonly OutputColumn[], r: Reader): void {
  const names = output.map((o) => o.name.toLowerCase())
  if (new Set(names).size < names.length) refuse('release-duplicate-name', r.place)
}

const comparisons: Readonly<Record<string, NonNullable<Proven['having']>[number]['test']>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}
const mirrored: Readonly<Record<string, string>> = {
  lt: 'gt',
  le: 'ge',
  gt: 'lt',
  ge: 'le',
  eq: 'eq',
  ne: 'ne',
}

function havingTests(r: Reader, place: Place, items: readonly Item[]): readonly Scalar[] {
  const node = r.maybe('having')
  if (node === undefined) return []
  return conjuncts(expression(node, { ...place, aliases: aliasesOf(items, place.scope) }))
}

/** A test of labels alone leaves out whole groups, which is what the same test of rows does: a WHERE. */
function onLabels(test: Scalar, labels: readonly Label[]): boolean {
  const label = (s: Scalar): Scalar | undefined =>
    labels.some((l) => same(l.value) === same(s))
      ? { op: 'literal', value: null, type: s.type, constant: true, at: s.at }
      : undefined
  const plain = new Set<Scalar['op']>(['literal', 'call', 'case', 'cast'])
  return !some(rewrite(test, label), (s) => !plain.has(s.op))
}

/** HAVING looks at published values: each test compares a selected column with a number. */
function havingOf(
  tests: readonly Scalar[],
  forms: readonly (number | Form)[],
  measures: ReturnType<typeof measuring>,
): NonNullable<Proven['having']> {
  return tests.map((t) => {
    const name = t.op === 'call' ? t.name : ''
    const [left, right] = t.op === 'call' ? t.args : []
    const [l, rr] = [written(left), written(right)]
    const subject = rr !== undefined ? left : right
    const operator = comparisons[rr !== undefined ? name : (mirrored[name] ?? '')]
    const value = rr ?? l
    if (
      operator === undefined ||
      value === undefined ||
      subject === undefined ||
      !some(subject, (s) => s.op === 'aggregate')
    )
      return refuse('release-having', t.at)
    const f = form(subject, measures.existing())
    const column = forms.findIndex(
      (o) =>
        typeof o !== 'number' && o.numerator === f.numerator && o.denominator === f.denominator,
    )
    return column < 0 ? refuse('release-having', t.at) : { column, test: operator, value }
  })
}

const written = (s: Scalar | undefined): number | undefined =>
  s?.op === 'cast' ? written(s.arg) : constantNumber(s)

function modifiersOf(
  r: Reader,
  items: readonly Item[],
  place: Place,
): Pick<Release, 'order' | 'limit'> {
  let order: Release['order'] = []
  let limit: number | undefined
  for (const node of r.children('modifiers')) {
    const m = place.context.read(node)
    if (m.type === 'ORDER_MODIFIER')
      order = m.children('orders').map((o) => orderOf(o, items, place))
    else if (m.type === 'LIMIT_MODIFIER') limit = limitOf(m, place)
    else
      refuse(
        'release-limit',
        r.place,
        m.type === 'DISTINCT_MODIFIER'
          ? {
              reason: 'DISTINCT: every published row is distinct by its labels.',
              fix: 'Remove DISTINCT.',
            }
          : {},
      )
    m.done('release-limit')
  }
  r.done()
  return { order, ...(limit !== undefined && { limit }) }
}

function limitOf(m: Reader, place: Place): number {
  const n = constantNumber(expression(m.child('limit'), place))
  return n !== undefined && Number.isInteger(n) && n >= 0 ? n : refuse('release-limit', m.place)
}

/** NULLs come last in either direction: the order that published tables have. */
function orderOf(node: Node, items: readonly Item[], place: Place): Release['order'][number] {
  const { by, descending, nulls } = orderEntry(node, place.context)
  const read = place.context.read(by)
  if (nulls === 'NULLS_FIRST' || read.type === 'STAR') refuse('release-order', read.place)
  const path = read.type === 'COLUMN_REF' ? read.strings('column_names') : []
  const named = items.findIndex((i) => path.length === 1 && sameName(i.name, path[0] ?? ''))
  if (named >= 0) {
    read.done()
    return { column: named, descending }
  }
  const value = expression(by, place)
  const number = constantNumber(value)
  const column =
    number === undefined ? items.findIndex((i) => same(i.value) === same(value)) : number - 1
  return items[column] === undefined ? refuse('release-order', read.place) : { column, descending }
}
