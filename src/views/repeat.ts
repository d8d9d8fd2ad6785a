import type { Path } from './definition.ts'
import { compileExpression } from './expression.ts'
import { isComplex } from './model.ts'
import { ambiguous } from './navigate.ts'
import { alarm, refuse } from './refuse.ts'
import { iterate, type Rows } from './rows.ts'
import { decode } from './schema.ts'
import { map, raise } from './sql.ts'
import { detached, list, nothing, type Scope, UNKNOWN, type Value } from './value.ts'

const DEEPEST = 64
const ENTRY = 'STRUCT(k BIGINT[], v JSON)[]'
const NONE = `CAST([] AS ${ENTRY})`

/** What one application of the paths yields: a list of JSON elements, all of one type. */
function step(paths: readonly Path[], scope: Scope): { type: string; sql: string } | undefined {
  const found = paths
    .map((p) => ({
      place: p.place,
      value: compileExpression(p.expression, { ...scope, place: p.place, lenient: true }),
    }))
    .filter(({ value }) => !(value.nothing && value.type === UNKNOWN))
  for (const { value, place } of found) {
    if (value.alternatives) ambiguous(place)
    if (!isComplex(value.type) || !value.node)
      refuse(
        'repeat-needs-elements',
        place,
        'repeat follows elements that nest.',
        'Name such an element.',
      )
    if (value.type !== found[0]?.value.type)
      refuse(
        'repeat-mixed-types',
        place,
        'The paths of one repeat lead to elements of one type.',
        'Use a repeat for each type, joined by unionAll.',
      )
    if (value.node) scope.pass.demands.raw.add(value.node.key)
  }
  const [first] = found
  if (!first) return undefined
  const lists = found.map(({ value }) => asJson(value))
  return {
    type: first.value.type,
    sql: lists.reduce((all, next) => `list_concat(${all}, ${next})`),
  }
}
const asJson = (v: Value): string => `CAST(${list(v)} AS JSON[])`

/**
 * repeat: "recursively traverse the paths, depth first, each node once for itself and before its children".
 * Levels are gathered one after the other by list_reduce, each node with the path of positions that leads to it;
 * sorting by that path gives depth-first order. Deeper than 64 levels raises an alarm, never a cut result.
 */
export function repeated(paths: readonly Path[], scope: Scope, body: (inner: Scope) => Rows): Rows {
  const { pass } = scope
  const start = step(paths, scope)
  if (!start)
    return iterate('CAST([] AS INTEGER[])', pass, (_, rowIndex) =>
      body({ ...scope, rowIndex, focus: nothing(UNKNOWN) }),
    )
  const id = pass.fresh('repeat')
  const walker = detached(pass, `${id}/step`, start.type)
  pass.demands.raw.add(walker.key)
  const parent = pass.fresh('p')
  const onward = step(paths, {
    ...scope,
    focus: { type: start.type, many: false, sql: `${parent}.v`, node: walker },
  })
  if (onward && onward.type !== start.type)
    refuse(
      'repeat-mixed-types',
      paths[0]?.place ?? scope.place,
      `${start.type} leads to ${onward.type}.`,
      'The paths of one repeat lead to elements of one type.',
    )
  const nodes = onward ? closure(start.sql, onward.sql, parent, scope) : start.sql
  const shape = detached(pass, `${id}/row`, start.type)
  const each = pass.fresh('e')
  return iterate(
    map(nodes, each, decode(each, shape, pass.fresh('d'))),
    pass,
    (element, rowIndex) =>
      body({
        ...scope,
        rowIndex,
        focus: { type: start.type, many: false, sql: element, node: shape },
      }),
  )
}

function closure(start: string, onward: string, parent: string, scope: Scope): string {
  const { pass } = scope
  const [y, j, acc, z, s] = ['y', 'j', 'a', 'z', 's'].map((p) => pass.fresh(p))
  const entries = (items: string, key: string): string =>
    `list_transform(${items}, lambda ${y}, ${j}: {'k': ${key}, 'v': ${y}})`
  const first = `{'o': ${NONE}, 'f': CAST(${entries(start, `[${j}]`)} AS ${ENTRY})}`
  const blank = `list_transform(range(0, ${DEEPEST}), lambda ${z}: {'o': ${NONE}, 'f': ${NONE}})`
  const children = `flatten(list_transform(${acc}.f, lambda ${parent}: ${entries(onward, `list_append(${parent}.k, ${j})`)}))`
  const next = `{'o': list_concat(${acc}.o, ${acc}.f), 'f': CAST(${children} AS ${ENTRY})}`
  const reduced = `list_reduce(list_concat([${first}], ${blank}), lambda ${acc}, ${z}: ${next})`
  const tooDeep = raise(alarm('repeat-too-deep', scope.place))
  return `list_transform(list_transform([${reduced}], lambda ${s}: CASE WHEN len(${s}.f) > 0 THEN ${tooDeep} ELSE list_transform(list_sort(${s}.o), lambda ${y}: ${y}.v) END), lambda ${s}: ${s})[1]`
}
