import { windowing, windows } from './aggregates.ts'
import type { Context, Place } from './context.ts'
import type { Order, Scalar } from './ir.ts'
import { replacement } from './replacements.ts'
import { refuse } from './rules.ts'
import { constantNumber, usable } from './scalars.ts'
import type { Node, Reader } from './tree.ts'

/** Reads an expression; handed in because expressions and windows contain each other. */
export type ReadExpression = (node: Node, place: Place) => Scalar

/** ORDER BY entries of an aggregate or a window. */
export function ordering(
  nodes: readonly Node[],
  place: Place,
  read: ReadExpression,
): readonly Order[] {
  return nodes.map((node) => {
    const { by, descending, nulls } = orderEntry(node, place.context)
    return { by: usable(read(by, place)), descending, nullsFirst: nulls === 'NULLS_FIRST' }
  })
}

/** One entry of ORDER BY, its expression unread. NULLs come last unless it says otherwise, as in DuckDB. */
export function orderEntry(node: Node, context: Context) {
  const r = context.read(node)
  const by = r.child('expression')
  const nulls = r.text('null_order')
  r.done()
  if (
    !['ORDER_DEFAULT', 'ASCENDING', 'DESCENDING'].includes(r.type) ||
    !['ORDER_DEFAULT', 'NULLS_FIRST', 'NULLS_LAST'].includes(nulls)
  )
    refuse('option-unknown', r.place)
  return { by, nulls, descending: r.type === 'DESCENDING' }
}

/** The ORDER BY inside an aggregate. */
export function innerOrder(r: Reader, place: Place, read: ReadExpression): readonly Order[] {
  const node = r.maybe('order_bys')
  if (node === undefined) return []
  const m = place.context.read(node)
  if (m.type !== 'ORDER_MODIFIER') refuse('option-unknown', r.place)
  const order = ordering(m.children('orders'), place, read)
  m.done()
  return order
}

const frames: Readonly<Record<string, readonly ['rows' | 'range', 'all' | 0 | 'n']>> = {
  UNBOUNDED_PRECEDING: ['range', 'all'],
  UNBOUNDED_FOLLOWING: ['range', 'all'],
  CURRENT_ROW_RANGE: ['range', 0],
  CURRENT_ROW_ROWS: ['rows', 0],
  EXPR_PRECEDING_ROWS: ['rows', 'n'],
  EXPR_FOLLOWING_ROWS: ['rows', 'n'],
}

/** fn(...) OVER (PARTITION BY ... ORDER BY ... frame). */
export function overWindow(r: Reader, place: Place, read: ReadExpression): Scalar {
  const written = r.text('function_name').toLowerCase()
  const args = r.children('children').map((n) => read(n, place))
  const aggregate = written === 'count' && args.length === 0 ? 'count_star' : written
  const name = r.type === 'WINDOW_AGGREGATE' ? aggregate : (windowNames[r.type] ?? '')
  if (r.type !== 'WINDOW_AGGREGATE' && written !== name) refuse('function-unknown', r.place)
  if (windows[name] === undefined) refuse('function-unknown', r.place, replacement(name))
  const offset = r.maybe('offset_expr')
  const n = offset === undefined ? undefined : constantNumber(read(offset, place))
  if (offset !== undefined && (n === undefined || !Number.isInteger(n) || n < 0 || n > 1000))
    refuse('argument-constant', r.place)
  const window = windowing(
    name,
    args,
    {
      partition: r.children('partitions').map((p) => partitioned(read(p, place))),
      order: ordering(r.children('orders'), place, read),
      ...(n !== undefined && { offset: n }),
      ...frameOf(r, place, read),
      rows: place.scope.relation.rows,
    },
    r.place,
  )
  return { op: 'window', window, type: window.type, constant: false, at: r.place }
}

/** A window is of one person, so the key may stand here. */
const partitioned = (s: Scalar): Scalar => (s.type.kind === 'person' ? s : usable(s))

const windowNames: Readonly<Record<string, string>> = {
  WINDOW_ROW_NUMBER: 'row_number',
  WINDOW_RANK: 'rank',
  WINDOW_RANK_DENSE: 'dense_rank',
  WINDOW_LAG: 'lag',
  WINDOW_LEAD: 'lead',
  WINDOW_FIRST_VALUE: 'first_value',
  WINDOW_LAST_VALUE: 'last_value',
}

function frameOf(r: Reader, place: Place, read: ReadExpression) {
  const [start, end] = [r.text('start'), r.text('end')]
  const side = (bound: string, field: string): number | 'all' => {
    const kind =
      frames[bound]?.[1] ?? refuse('option-unknown', r.place, { reason: 'This window frame.' })
    if (kind !== 'n') return kind
    const n = constantNumber(read(r.child(field), place))
    return n !== undefined && Number.isInteger(n) && n >= 0 && n <= 1000
      ? n
      : refuse('argument-constant', r.place)
  }
  if (start.includes('FOLLOWING') || (end.includes('PRECEDING') && end !== 'UNBOUNDED_FOLLOWING'))
    refuse('option-unknown', r.place, { reason: 'This window frame.' })
  const before = side(start, 'start_expr')
  const after = side(end, 'end_expr')
  const unit = [start, end].some((b) => frames[b]?.[0] === 'rows') ? 'rows' : 'range'
  if (unit === 'range' && before === 'all' && after === 0) return {}
  return { frame: { unit, before, after } as const }
}
