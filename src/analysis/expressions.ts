import { aggregates, aggregation, windowing, windows } from './aggregates.ts'
import { constant } from './constants.ts'
import type { Place } from './context.ts'
import { functions } from './functions.ts'
import type { Order, Scalar } from './ir.ts'
import { resolve } from './names.ts'
import { refuse } from './rules.ts'
import {
  type Comparison,
  caseOf,
  cast,
  coalesce,
  compare,
  condition,
  constantNumber,
  constantText,
  isNull,
  literal,
  logic,
  not,
  oneOf,
  usable,
} from './scalars.ts'
import type { Node, Reader } from './tree.ts'
import type { Kind } from './types.ts'

/** Reads one expression of the tree into a typed scalar. Whatever is not named here is refused. */
export function expression(node: Node, place: Place): Scalar {
  const r = place.context.read(node)
  const make = readers[r.type]
  if (make === undefined)
    return refuse('node-unknown', r.place, { reason: `${r.type} is not in the provable subset.` })
  const made = make(r, place)
  r.done()
  return made
}

type Read = (r: Reader, place: Place) => Scalar

const comparisons: Readonly<Record<string, Comparison>> = {
  COMPARE_EQUAL: 'eq',
  COMPARE_NOTEQUAL: 'ne',
  COMPARE_LESSTHAN: 'lt',
  COMPARE_LESSTHANOREQUALTO: 'le',
  COMPARE_GREATERTHAN: 'gt',
  COMPARE_GREATERTHANOREQUALTO: 'ge',
  COMPARE_DISTINCT_FROM: 'distinct',
  COMPARE_NOT_DISTINCT_FROM: 'not-distinct',
}

const all = (r: Reader, place: Place): Scalar[] =>
  r.children('children').map((c) => expression(c, place))
const first = (r: Reader, place: Place): Scalar => {
  const [only, ...rest] = all(r, place)
  return only === undefined || rest.length > 0 ? refuse('function-arguments', r.place) : only
}

const comparing =
  (name: Comparison): Read =>
  (r, place) =>
    compare(name, expression(r.child('left'), place), expression(r.child('right'), place), r.place)

const membership =
  (negated: boolean): Read =>
  (r, place) => {
    const nodes = r.children('children')
    const [needle, ...items] = nodes
    const only = items.length === 1 ? items[0] : undefined
    const within =
      only !== undefined && nameOf(only) === 'codelist'
        ? fromCodelist(needle as Node, only, place)
        : oneOf(
            expression(needle as Node, place),
            items.map((i) => expression(i, place)),
            r.place,
          )
    return negated ? not(within, r.place) : within
  }

const nameOf = (node: Node): string | undefined =>
  node['type'] === 'FUNCTION' ? String(node['function_name']).toLowerCase() : undefined

/** `code IN codelist('x')`, which DuckDB reads as contains(codelist('x'), code), is codelist(code, 'x'). */
function fromCodelist(code: Node, list: Node, place: Place): Scalar {
  const r = place.context.read(list)
  r.text('function_name')
  const made = functions['codelist']?.make(
    [expression(code, place), ...all(r, place)],
    r.place,
    place.context.codelists,
  )
  r.done()
  return made ?? refuse('function-unknown', r.place)
}

const readers: Readonly<Record<string, Read>> = {
  VALUE_CONSTANT: (r) => constant(r),
  COLUMN_REF: (r, place) => {
    const path = r.strings('column_names')
    const alias = place.aliases?.(path, r.place)
    if (alias !== undefined) return alias
    const { column, depth } = resolve(place.scope, path, r.place)
    if (depth > 0 && (place.correlated !== true || depth > 1)) refuse('subquery-form', r.place)
    return column
  },
  ...Object.fromEntries(Object.entries(comparisons).map(([type, name]) => [type, comparing(name)])),
  COMPARE_BETWEEN: (r, place) => {
    const [x, lower, upper] = ['input', 'lower', 'upper'].map((f) =>
      expression(r.child(f), place),
    ) as [Scalar, Scalar, Scalar]
    return logic(
      'and',
      [compare('ge', x, lower, r.place), compare('le', x, upper, r.place)],
      r.place,
    )
  },
  CONJUNCTION_AND: (r, place) => logic('and', all(r, place), r.place),
  CONJUNCTION_OR: (r, place) => logic('or', all(r, place), r.place),
  OPERATOR_NOT: (r, place) => not(first(r, place), r.place),
  OPERATOR_IS_NULL: (r, place) => isNull(first(r, place), false, r.place),
  OPERATOR_IS_NOT_NULL: (r, place) => isNull(first(r, place), true, r.place),
  OPERATOR_COALESCE: (r, place) => coalesce(all(r, place), r.place),
  COMPARE_IN: membership(false),
  COMPARE_NOT_IN: membership(true),
  CASE_EXPR: (r, place) => {
    const whens = r.children('case_checks').map((check) => ({
      when: expression(check['when_expr'] as Node, place),
      result: expression(check['then_expr'] as Node, place),
    }))
    return caseOf(whens, expression(r.child('else_expr'), place), r.place)
  },
  OPERATOR_CAST: (r, place) => casting(r, place),
  FUNCTION: (r, place) => calling(r, place),
  SUBQUERY: (r, place) => place.context.subquery(r, place),
  ...Object.fromEntries(
    [
      'AGGREGATE',
      'ROW_NUMBER',
      'RANK',
      'RANK_DENSE',
      'LAG',
      'LEAD',
      'FIRST_VALUE',
      'LAST_VALUE',
    ].map((w): [string, Read] => [`WINDOW_${w}`, (r, place) => overWindow(r, place)]),
  ),
}

const kinds: Readonly<Record<string, Kind>> = {
  TINYINT: 'integer',
  SMALLINT: 'integer',
  INTEGER: 'integer',
  BIGINT: 'integer',
  DOUBLE: 'number',
  FLOAT: 'number',
  DECIMAL: 'number',
  VARCHAR: 'text',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
}

function casting(r: Reader, place: Place): Scalar {
  const type = r.child('cast_type')
  r.flag('try_cast')
  const child = r.child('child')
  if (type['id'] === 'INTERVAL') return writtenInterval(expression(child, place), place)
  const to =
    kinds[String(type['id'])] ?? refuse('node-unknown', r.place, { reason: 'A cast to this type.' })
  const arg = expression(child, place)
  const written = constantText(arg)
  if (to === 'boolean' && (written === 't' || written === 'f'))
    return literal(written === 't', 'boolean', r.place)
  return cast(arg, to)
}

/** `INTERVAL '3 months'`. */
function writtenInterval(arg: Scalar, place: Place): Scalar {
  const [, n = '', unit = ''] =
    /^(\d{1,6}) (day|week|month|quarter|year)s?$/i.exec(constantText(arg) ?? '') ?? []
  if (n === '')
    refuse('argument-constant', arg.at, {
      reason: "An interval is a number and a unit, as in '3 months'.",
    })
  const span = functions[`to_${unit.toLowerCase()}s`]
  return (
    span?.make([literal(Number(n), 'integer', arg.at)], arg.at, place.context.codelists) ??
    refuse('node-unknown', arg.at)
  )
}

function calling(r: Reader, place: Place): Scalar {
  const name = r.text('function_name').toLowerCase()
  const schema = r.text('schema')
  // The parser itself writes main for its own syntax, such as extract and substring.
  if (r.text('catalog') !== '' || (schema !== '' && schema !== 'main'))
    refuse('function-qualified', r.place)
  for (const child of r.children('children'))
    if (child['alias'] !== '') refuse('function-arguments', r.place)
  if (name === 'contains') {
    const [list, code] = r.children('children')
    if (list !== undefined && code !== undefined && nameOf(list) === 'codelist')
      return fromCodelist(code, list, place)
  }
  const made = functions[name]
  if (made !== undefined) return made.make(all(r, place), r.place, place.context.codelists)
  if (aggregates[name] === undefined) return refuse('function-unknown', r.place, replacement(name))
  const filter = r.maybe('filter')
  const built = aggregation(
    name,
    all(r, place),
    {
      distinct: r.flag('distinct'),
      ...(filter && { filter: condition(expression(filter, place)) }),
      order: ordering((r.maybe('order_bys')?.['orders'] ?? []) as readonly Node[], place),
      rows: place.scope.relation.rows,
    },
    r.place,
  )
  return { op: 'aggregate', aggregation: built, type: built.type, constant: false, at: r.place }
}

const replacements: Readonly<Record<string, string>> = {
  now: "Write the day as a literal: DATE '2025-01-01'.",
  today: "Write the day as a literal: DATE '2025-01-01'.",
  get_current_timestamp: "Write the day as a literal: DATE '2025-01-01'.",
  approx_count_distinct: 'Use count(DISTINCT person_id), which is exact.',
  age: 'Use age_at(birth_date, DATE ...).',
  first: 'Use arg_min(x, by) or arg_max(x, by).',
  last: 'Use arg_max(x, by).',
  any_value: 'Use min(x) or max(x).',
  mode: 'Use arg_max over a count per person.',
  random: 'Precision is chosen with the variance; there is no sampling.',
  regexp_matches: "Use LIKE, starts_with or codelist(code, 'I1*').",
  regexp_full_match: "Use LIKE, starts_with or codelist(code, 'I1*').",
  width_bucket: 'Use bucket(x, lo, hi, step).',
  histogram: 'Group by bucket(x, lo, hi, step).',
  strftime: 'Use year(d), month(d) or date_trunc(unit, d).',
}
const replacement = (name: string) => {
  const fix = replacements[name]
  return {
    reason: `The function ${name.slice(0, 40)} is not on the list of total, deterministic functions.`,
    ...(fix && { fix }),
  }
}

export function ordering(nodes: readonly Node[], place: Place): readonly Order[] {
  return nodes.map((node) => {
    const descending = node['type'] === 'DESCENDING'
    if (!['ORDER_DEFAULT', 'ASCENDING', 'DESCENDING'].includes(String(node['type'])))
      refuse('option-unknown', '1:1')
    return {
      by: usable(expression(node['expression'] as Node, place)),
      descending,
      nullsFirst: node['null_order'] === 'NULLS_FIRST',
    }
  })
}

const frames: Readonly<Record<string, readonly ['rows' | 'range', 'all' | 0 | 'n']>> = {
  UNBOUNDED_PRECEDING: ['range', 'all'],
  UNBOUNDED_FOLLOWING: ['range', 'all'],
  CURRENT_ROW_RANGE: ['range', 0],
  CURRENT_ROW_ROWS: ['rows', 0],
  EXPR_PRECEDING_ROWS: ['rows', 'n'],
  EXPR_FOLLOWING_ROWS: ['rows', 'n'],
}

function overWindow(r: Reader, place: Place): Scalar {
  const name =
    r.type === 'WINDOW_AGGREGATE'
      ? r.text('function_name').toLowerCase()
      : (windowNames[r.type] ?? '')
  r.text('function_name')
  if (windows[name] === undefined) refuse('function-unknown', r.place, replacement(name))
  const offset = r.maybe('offset_expr')
  const n = offset === undefined ? undefined : constantNumber(expression(offset, place))
  if (offset !== undefined && (n === undefined || !Number.isInteger(n) || n < 0 || n > 1000))
    refuse('argument-constant', r.place)
  const window = windowing(
    name,
    all(r, place),
    {
      partition: r.children('partitions').map((p) => partitioned(expression(p, place))),
      order: ordering(r.children('orders'), place),
      ...(n !== undefined && { offset: n }),
      ...frameOf(r, place),
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

function frameOf(r: Reader, place: Place) {
  const [start, end] = [r.text('start'), r.text('end')]
  const side = (bound: string, field: string): number | 'all' => {
    const kind =
      frames[bound]?.[1] ?? refuse('option-unknown', r.place, { reason: 'This window frame.' })
    if (kind !== 'n') return kind
    const n = constantNumber(expression(r.child(field), place))
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
