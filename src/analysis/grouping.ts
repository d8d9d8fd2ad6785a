import type { Place } from './context.ts'
import type { Aggregation, Named, Relation, Scalar } from './ir.ts'
import { isKey } from './names.ts'
import { group } from './relations.ts'
import { refuse } from './rules.ts'
import { usable } from './scalars.ts'
import { aggregationScalars, columnsRead, rewrite, same, some } from './walk.ts'

/** Expressions over a grouped relation: keys and aggregates have become columns, nothing else is in sight. */
export type Grouped = Readonly<{ relation: Relation; values: readonly Scalar[] }>

/**
 * Groups per person, where the SELECT has a GROUP BY or an aggregate; otherwise nothing changes. An expression may use
 * what is grouped by, whole, and aggregates.
 */
export function grouped(
  keys: readonly Scalar[],
  values: readonly Scalar[],
  place: Place,
  at: string,
): Grouped {
  const input = place.scope.relation
  const aggregated = values.some((v) => some(v, (s) => s.op === 'aggregate'))
  if (keys.length === 0 && !aggregated) return { relation: input, values }
  if (input.key !== undefined && !keys.some(isKey)) refuse('group-needs-person-key', at)
  const named = keys.map(
    (value): Named<Scalar> => ({
      // A plain column keeps its number, so that subqueries that read it still find it.
      id: value.op === 'column' ? value.id : place.context.fresh(),
      value: isKey(value) ? value : usable(value),
    }),
  )
  const unique = named.filter((k, i) => named.findIndex((o) => o.id === k.id) === i)
  const aggregates: Named<Aggregation>[] = []
  const raised = values.map((v) => raise(v, unique, aggregates, place))
  const relation = group(input, unique, aggregates, at)
  const settle = (s: Scalar): Scalar =>
    rewrite(s, (x) => (x.op === 'column' ? known(x, relation) : undefined))
  return { relation, values: raised.map(settle).map((v) => onlyGrouped(v, relation)) }
}

const known = (s: Scalar & { op: 'column' }, relation: Relation): Scalar => {
  const column = relation.columns.find((c) => c.id === s.id)
  return column === undefined ? refuse('release-rows', s.at, notGrouped) : { ...s, ...column }
}
const notGrouped = {
  reason: 'The column is neither grouped by nor aggregated.',
  fix: 'Add it to the GROUP BY, or aggregate it.',
}

/** Subqueries are not rewritten, so what they read outside must be a column that is still there. */
function onlyGrouped(s: Scalar, relation: Relation): Scalar {
  if (!columnsRead(s).every((id) => relation.columns.some((c) => c.id === id)))
    refuse('release-rows', s.at, notGrouped)
  return s
}

function raise(
  value: Scalar,
  keys: readonly Named<Scalar>[],
  aggregates: Named<Aggregation>[],
  place: Place,
): Scalar {
  return rewrite(value, (s) => {
    const key = keys.find((k) => same(k.value) === same(s))
    if (key !== undefined)
      return {
        op: 'column',
        id: key.id,
        type: key.value.type,
        constant: key.value.constant,
        at: s.at,
      }
    if (s.op !== 'aggregate') return undefined
    const { aggregation } = s
    if (
      aggregationScalars(aggregation).some((a) =>
        some(a, (x) => x.op === 'aggregate' || x.op === 'window'),
      )
    )
      refuse('aggregate-misplaced', s.at)
    if (aggregation.arg !== undefined) usable(aggregation.arg)
    const text = JSON.stringify(aggregation, (k, v) => (k === 'at' ? undefined : v))
    const known = aggregates.find(
      (a) => JSON.stringify(a.value, (k, v) => (k === 'at' ? undefined : v)) === text,
    )
    const id = known?.id ?? place.context.fresh()
    if (known === undefined) aggregates.push({ id, value: aggregation })
    return { op: 'column', id, type: s.type, constant: false, at: s.at }
  })
}
