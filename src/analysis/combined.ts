import type { Column, Relation } from './ir.ts'
import { isKey } from './names.ts'
import { bounded, keyed } from './relations.ts'
import { refuse } from './rules.ts'
import { closedValues } from './types.ts'

/** Both inputs are projected to the same number of columns of the same kinds, in order. */
export function combined(
  kind: 'union' | 'except' | 'intersect',
  all: boolean,
  left: Relation,
  right: Relation,
  ids: readonly number[],
  at: string,
): Relation {
  const keyAt = (r: Relation): number =>
    r.key === undefined ? -1 : r.columns.findIndex((c) => c.id === r.key)
  const place = keyAt(left)
  const sides = [left, right].map((r) => r.columns.map(isKey).indexOf(true))
  if (
    (left.key === undefined) !== (right.key === undefined) ||
    sides[0] !== sides[1] ||
    sides[0] !== place
  )
    refuse('set-needs-person-key', at)
  const rows =
    kind === 'union'
      ? left.rows + right.rows
      : kind === 'except'
        ? left.rows
        : Math.min(left.rows, right.rows)
  return {
    op: 'set',
    kind,
    all,
    left,
    right,
    columns: ids.map((id, i) => {
      const type = (left.columns[i] as Column).type
      const other = (right.columns[i] as Column).type
      const merged = kind === 'union' && type.kind !== 'person' ? wider(type, other) : type
      return { id, type: merged, constant: i === place }
    }),
    ...keyed(place < 0 ? undefined : ids[place]),
    rows: bounded(rows, at),
    unique: [],
  }
}

function wider(a: Column['type'], b: Column['type']): Column['type'] {
  const range = a.range &&
    b.range && { lo: Math.min(a.range.lo, b.range.lo), hi: Math.max(a.range.hi, b.range.hi) }
  const [x, y] = [closedValues(a), closedValues(b)]
  return {
    kind: a.kind,
    nullable: a.nullable || b.nullable,
    ...(range && { range }),
    ...(x && y && { values: [...new Set([...x, ...y])] }),
  }
}
