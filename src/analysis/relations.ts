import type { Aggregation, Column, Named, Part, Relation, Scalar, Window } from './ir.ts'
import { columnOf, isKey } from './names.ts'
import { refine } from './refine.ts'
import { refuse } from './rules.ts'
import { isNull, logic } from './scalars.ts'
import { closedValues, orNull, plain } from './types.ts'
import { columnsRead, conjuncts } from './walk.ts'

/** Smart constructors of relations: each keeps the judgement PERS or PUB, or refuses by its rule (docs/sql.md). */

const MOST_ROWS = 1_000_000

export const bounded = (rows: number, at: string): number =>
  rows > MOST_ROWS ? refuse('fan-out', at) : rows

/** With the key, where there is one; exactOptionalPropertyTypes wants it absent, not undefined. */
export const keyed = (key: number | undefined) => (key === undefined ? {} : { key })

export function filter(input: Relation, tests: readonly Scalar[], at: string): Relation {
  if (tests.length === 0) return input
  const where = logic(
    'and',
    tests.map((t) => samePersonHere(t)),
    at,
  )
  const refined = input.columns.map((c) => refine(c, conjuncts(where)))
  const rows = input.key === undefined ? input.rows : Math.min(input.rows, ...refined.map(rowsLeft))
  // What is in one row alone is the same in all of them.
  const columns = rows === 1 && input.key !== undefined ? refined.map(steady) : refined
  return {
    op: 'filter',
    input,
    where,
    columns,
    ...keyed(input.key),
    rows,
    unique: input.unique,
  }
}

const steady = (c: Column): Column => ({ ...c, constant: true })

/** Rows of one person that an ordinal can still number: `row_number() ... = 1` leaves one. */
function rowsLeft({ ordinal, type }: Column): number {
  if (ordinal !== true || type.nullable) return Number.POSITIVE_INFINITY
  return Math.max(1, closedValues(type)?.length ?? Number.POSITIVE_INFINITY)
}

/** Two keys of one relation: both are the person of the row, or NULL. */
function samePersonHere(test: Scalar): Scalar {
  if (test.op !== 'same-person') return test
  const key = (id: number): Scalar => ({
    op: 'column',
    id,
    type: plain('person'),
    constant: true,
    at: test.at,
  })
  return logic(
    'and',
    [isNull(key(test.left), true, test.at), isNull(key(test.right), true, test.at)],
    test.at,
  )
}

const ordinalIn = (input: Relation, id: number): boolean =>
  input.columns.some((c) => c.id === id && c.ordinal === true)

/** The key is carried along, hidden where no item shows it. */
export function project(input: Relation, items: readonly Named<Scalar>[]): Relation {
  const shown = items.find(({ value }) => isKey(value))
  const hidden = input.key === undefined || shown !== undefined ? [] : [columnOf(input, input.key)]
  const columns: Column[] = [
    ...items.map(({ id, value }) => ({
      id,
      type: value.type,
      constant: value.constant,
      ...(value.op === 'column' && ordinalIn(input, value.id) && { ordinal: true }),
    })),
    ...hidden,
  ]
  const pass = hidden.map(
    (c): Named<Scalar> => ({ id: c.id, value: { op: 'column', ...c, at: '1:1' } }),
  )
  return {
    op: 'project',
    input,
    items: [...items, ...pass],
    columns,
    ...keyed(input.key === undefined ? undefined : (shown?.id ?? input.key)),
    rows: input.rows,
    unique: items
      .filter(({ value }) => value.op === 'column' && input.unique.includes(value.id))
      .map((i) => i.id),
  }
}

export function group(
  input: Relation,
  keys: readonly Named<Scalar>[],
  aggregates: readonly Named<Aggregation>[],
  at: string,
): Relation {
  const person = keys.find(({ value }) => isKey(value))
  if (input.key !== undefined && person === undefined) refuse('group-needs-person-key', at)
  const others = keys.filter((k) => k !== person && !k.value.constant)
  const sizes = others.map((k) => {
    const n = closedValues(k.value.type)?.length
    return n === undefined ? Number.POSITIVE_INFINITY : n + 1
  })
  const combinations = sizes.reduce((a, b) => a * b, 1)
  return {
    op: 'group',
    input,
    keys,
    aggregates,
    columns: [
      ...keys.map(({ id, value }) => ({ id, type: value.type, constant: value.constant })),
      ...aggregates.map(({ id, value }) => ({
        id,
        type: value.type,
        constant: others.length === 0,
      })),
    ],
    ...keyed(input.key === undefined ? undefined : person?.id),
    rows: Math.min(input.rows, combinations),
    unique: [],
  }
}

export function windowed(input: Relation, items: readonly Named<Window>[], at: string): Relation {
  for (const { value } of items)
    if (input.key !== undefined && !value.partition.some(isKey))
      refuse('window-needs-person-key', at)
  const unmoved = (w: Window): boolean =>
    w.order.length === 0 &&
    w.frame === undefined &&
    w.partition.every((p) => p.constant) &&
    ['count', 'sum', 'avg', 'min', 'max'].includes(w.name)
  return {
    op: 'window',
    input,
    items,
    columns: [
      ...input.columns,
      ...items.map(({ id, value }) => ({
        id,
        type: value.type,
        constant: unmoved(value),
        ...(numbering(value) && { ordinal: true }),
      })),
    ],
    ...keyed(input.key),
    rows: input.rows,
    unique: input.unique,
  }
}

/** Numbers all rows of each person, not those of parts of a person. */
const numbering = (w: Window): boolean =>
  w.name === 'row_number' &&
  w.partition.some(isKey) &&
  w.partition.every((p) => isKey(p) || p.constant)

/** `input` must show the key itself: a hidden one would be injected in silence. */
export function distinct(input: Relation, keyShown: boolean, at: string): Relation {
  if (input.key !== undefined && !keyShown) refuse('distinct-needs-person-key', at)
  const allConstant = input.columns.every((c) => c.constant)
  return {
    op: 'distinct',
    input,
    columns: input.columns,
    ...keyed(input.key),
    rows: allConstant && input.key !== undefined ? 1 : input.rows,
    unique: input.unique,
  }
}

export type JoinKind = 'inner' | 'left' | 'semi' | 'anti'

/** `on` are the top-level conjuncts of the condition, none for a cross join. */
export function joined(
  kind: JoinKind,
  left: Relation,
  right: Relation,
  on: readonly Scalar[],
  at: string,
): Relation {
  const links = on.filter((s) => s.op === 'same-person' && crosses(s, left, right))
  const tests = on.filter((s) => !links.includes(s))
  if (left.key !== undefined && right.key !== undefined && links.length === 0)
    refuse('join-needs-person-key', at)
  if (left.key === undefined && right.key !== undefined && kind !== 'inner')
    refuse('join-public-side-kept', at)
  const where = [...links.map(asEquality), ...tests.map(samePersonHere)]
  const once = matchesOnce(left, right, tests)
  const [persons, other] = left.key === undefined ? [right, left] : [left, right]
  const product = persons.rows * (once ? 1 : Math.max(1, other.rows))
  // Whether there is a match costs as many comparisons as there are pairs.
  const pairs = bounded(product, at)
  const rows = kind === 'semi' || kind === 'anti' ? left.rows : pairs
  const clean =
    tests.length === 0 &&
    links.every(
      (l) =>
        l.op === 'same-person' && isKeyId(left, right, l.left) && isKeyId(left, right, l.right),
    )
  return {
    op: 'join',
    kind,
    left,
    right,
    ...(where.length > 0 && { on: equalities(where, at) }),
    columns: [
      ...left.columns.map((c) => settled(c, left, kind, false, clean)),
      ...(kind === 'semi' || kind === 'anti'
        ? []
        : right.columns.map((c) => settled(c, right, kind, true, clean))),
    ],
    ...keyed(left.key ?? right.key),
    rows,
    unique: [],
  }
}

/** A right column after the join. A public one varies with the match; a LEFT JOIN may leave NULL. */
function settled(
  c: Column,
  from: Relation,
  kind: JoinKind,
  isRight: boolean,
  clean: boolean,
): Column {
  const constant = c.constant && from.key !== undefined && (kind !== 'left' || !isRight || clean)
  return { id: c.id, constant, type: kind === 'left' && isRight ? orNull(c.type) : c.type }
}

const has = (r: Relation, id: number): boolean => r.columns.some((c) => c.id === id)
const crosses = (s: Scalar, left: Relation, right: Relation): boolean =>
  s.op === 'same-person' &&
  ((has(left, s.left) && has(right, s.right)) || (has(left, s.right) && has(right, s.left)))
const isKeyId = (left: Relation, right: Relation, id: number): boolean =>
  [left, right].some((r) => has(r, id) && isKey(columnOf(r, id)))

/** Printed as plain equality; kept apart from `compare`, which refuses keys. */
function asEquality(s: Scalar): Scalar {
  if (s.op !== 'same-person') return s
  const side = (id: number): Scalar => ({
    op: 'column',
    id,
    type: plain('person'),
    constant: true,
    at: s.at,
  })
  return {
    op: 'call',
    name: 'eq',
    args: [side(s.left), side(s.right)],
    type: { kind: 'boolean', nullable: true, values: [false, true] },
    constant: false,
    at: s.at,
  }
}
const equalities = (tests: readonly Scalar[], at: string): Scalar => logic('and', tests, at)

/** A public table meets each row at most once where the condition equates a column of it without duplicates. */
function matchesOnce(left: Relation, right: Relation, tests: readonly Scalar[]): boolean {
  const open = left.key === undefined ? left : right.key === undefined ? right : undefined
  if (open === undefined) return false
  return tests.some((t) => {
    if (t.op !== 'call' || t.name !== 'eq') return false
    return t.args.some(
      (a, i) =>
        a.op === 'column' &&
        open.unique.includes(a.id) &&
        columnsRead(t.args[1 - i] as Scalar).every((id) => !has(open, id)),
    )
  })
}

/** One use of a WITH name: columns of its own, so that two uses do not meet. */
export function partUse(part: Part, fresh: () => number): Relation {
  const ids = part.body.columns.map(() => fresh())
  const renamed = (id: number): number | undefined =>
    ids[part.body.columns.findIndex((c) => c.id === id)]
  return {
    op: 'part',
    part,
    columns: part.body.columns.map((c, i) => ({ ...c, id: ids[i] as number })),
    ...keyed(part.body.key === undefined ? undefined : renamed(part.body.key)),
    rows: part.body.rows,
    unique: part.body.unique.flatMap((id) => renamed(id) ?? []),
  }
}

/** A public table written in the query. */
export function valuesOf(
  cells: readonly (readonly Scalar[])[],
  types: readonly Column['type'][],
  fresh: () => number,
): Relation {
  const columns = types.map((type) => ({ id: fresh(), type, constant: true }))
  const isUnique = (i: number): boolean => {
    const seen = cells.map((row) => JSON.stringify((row[i] as { value?: unknown }).value))
    return new Set(seen).size === seen.length
  }
  return {
    op: 'values',
    cells,
    columns,
    rows: cells.length,
    unique: columns.filter((_, i) => isUnique(i)).map((c) => c.id),
  }
}
