import { aggregates, aggregation } from './aggregates.ts'
import { constant, decimalScale } from './constants.ts'
import type { Place } from './context.ts'
import { countedWhen } from './counted.ts'
import { functions } from './functions.ts'
import type { Scalar } from './ir.ts'
import { resolve } from './names.ts'
import { rounding } from './numeric.ts'
import { innerOrder, overWindow } from './over.ts'
import { replacement } from './replacements.ts'
import { refuse } from './rules.ts'
import {
  type Comparison,
  caseOf,
  cast,
  coalesce,
  compare,
  condition,
  constantText,
  isNull,
  literal,
  logic,
  not,
  oneOf,
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
  return place.known === undefined ? made : place.known(made)
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
  VALUE_CONSTANT: (r, place) => constant(r, place.context),
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
    const whens = r.children('case_checks').map((check) => {
      const c = place.context.read(check)
      const when = expression(c.child('when_expr'), place)
      const result = expression(c.child('then_expr'), place)
      c.done()
      return { when, result }
    })
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
    ].map((w): [string, Read] => [`WINDOW_${w}`, (r, place) => overWindow(r, place, expression)]),
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
  const type = place.context.read(r.child('cast_type'))
  const id = type.text('id')
  const info = type.maybe('type_info')
  type.done()
  r.flag('try_cast')
  const arg = expression(r.child('child'), place)
  if (id === 'INTERVAL') return writtenInterval(arg, place)
  const to = kinds[id] ?? refuse('node-unknown', r.place, { reason: 'A cast to this type.' })
  const written = constantText(arg)
  if (to === 'boolean' && (written === 't' || written === 'f'))
    return literal(written === 't', 'boolean', r.place)
  if (info === undefined) return cast(arg, to)
  if (id !== 'DECIMAL') return refuse('option-unknown', r.place, { reason: 'A cast to this type.' })
  const digits = literal(Math.min(9, decimalScale(info, place.context)), 'integer', r.place)
  return rounding('round', cast(arg, 'number'), digits, r.place)
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
  const written = filter === undefined ? undefined : condition(expression(filter, place))
  const chosen = name === 'count' ? countedWhen(r, place, expression) : undefined
  const tests = [written, chosen?.when].filter((t) => t !== undefined)
  const built = aggregation(
    name,
    chosen === undefined ? all(r, place) : [chosen.key],
    {
      distinct: r.flag('distinct'),
      ...(tests.length > 0 && { filter: logic('and', tests, r.place) }),
      order: innerOrder(r, place, expression),
      rows: place.scope.relation.rows,
    },
    r.place,
  )
  return { op: 'aggregate', aggregation: built, type: built.type, constant: false, at: r.place }
}
