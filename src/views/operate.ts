import type { Operator } from './fhirpath/ast.ts'
import type { Kind } from './model.ts'
import { type Place, refuse } from './refuse.ts'
import { size } from './sql.ts'
import { type Comparison, compareDates, compareTimes } from './time.ts'
import { kind, list, plain, type Scope, scalar, single, type Value } from './value.ts'

type Family = 'boolean' | 'number' | 'text' | 'date' | 'time'
const families: Readonly<Record<Kind, Family>> = {
  boolean: 'boolean',
  integer: 'number',
  decimal: 'number',
  text: 'text',
  date: 'date',
  dateTime: 'date',
  time: 'time',
}
const familyOf = (v: Value): Family | undefined => {
  const k = kind(v)
  return k && families[k]
}

const unlike = (op: string, a: Value, b: Value, place: Place): never =>
  refuse(
    'operands-differ',
    place,
    `${op} between ${a.type} and ${b.type} is never true in FHIRPath.`,
    'Compare values of one type; a date constant is a valueDate or @2020-01-31.',
  )

function comparable(op: string, a: Value, b: Value, place: Place): Family {
  const family = familyOf(a.nothing && familyOf(a) === undefined ? b : a)
  const other = familyOf(b.nothing && familyOf(b) === undefined ? a : b)
  if (a.nothing && b.nothing) return family ?? 'text'
  if (family === undefined || other === undefined)
    return refuse(
      'complex-comparison',
      place,
      `${op} needs primitive values.`,
      'Compare the elements inside, such as code or value.',
    )
  return family === other ? family : unlike(op, a, b, place)
}

function compare(op: Comparison, family: Family, a: string, b: string): string {
  if (family === 'date') return compareDates(op, a, b)
  if (family === 'time') return compareTimes(op, a, b)
  return `(${a} ${op} ${b})`
}

/** FHIRPath N1 6.1.1: empty if either is empty, false if the counts differ, else element by element. */
function equals(a: Value, b: Value, family: Family, scope: Scope): string {
  if (!a.many && !b.many) return compare('=', family, a.sql, b.sql)
  const [left, right] = [list(a), list(b)]
  const differ = `WHEN len(${left}) <> len(${right}) THEN FALSE`
  const empty = `WHEN ${size(left)} = 0 OR ${size(right)} = 0 THEN NULL`
  const i = scope.pass.fresh('i')
  const pairs = `list_transform(range(1, len(${left}) + 1), lambda ${i}: ${compare('=', family, `(${left})[${i}]`, `(${right})[${i}]`)})`
  return `(CASE ${empty} ${differ} WHEN list_contains(${pairs}, FALSE) THEN FALSE WHEN len(list_filter(${pairs}, lambda ${i}: ${i} IS NULL)) > 0 THEN NULL ELSE TRUE END)`
}

/** A boolean operand. FHIRPath would take any single item for true; here that is refused, since it is mostly a slip. */
export function truth(v: Value, place: Place, at: Place): string {
  if (v.nothing) return 'CAST(NULL AS BOOLEAN)'
  if (kind(v) !== 'boolean')
    refuse(
      'operand-not-boolean',
      at,
      `A boolean is needed here, this is ${v.type}.`,
      'Write exists() to ask whether there is a value.',
    )
  return single(v, place)
}

function arithmetic(op: '+' | '-' | '*' | '/', a: Value, b: Value, place: Place, at: Place): Value {
  const family = comparable(op, a, b, at)
  const [x, y] = [single(a, place), single(b, place)]
  if (family === 'text' && op === '+') return scalar('string', `(${x} || ${y})`)
  if (family !== 'number')
    return refuse('not-a-number', at, `${op} needs numbers.`, 'Compute with integer or decimal.')
  // N1 6.6.2: the result of / is a decimal, and division by zero is empty.
  if (op === '/') return scalar('decimal', `(CAST(${x} AS DOUBLE) / nullif(${y}, 0))`)
  const type = kind(a) === 'decimal' || kind(b) === 'decimal' ? 'decimal' : 'integer'
  return scalar(type, `(${x} ${op} ${y})`)
}

/** A binary operator over two compiled operands. Throws `operands-differ` and its kin. */
export function operate(op: Operator, left: Value, right: Value, at: Place, scope: Scope): Value {
  const { place } = scope
  const [a, b] = [plain(left, scope.pass), plain(right, scope.pass)]
  switch (op) {
    case 'and':
    case 'or':
      // FHIRPath's three-valued tables are those of SQL.
      return scalar(
        'boolean',
        `(${truth(a, place, at)} ${op.toUpperCase()} ${truth(b, place, at)})`,
      )
    case '=':
      return scalar('boolean', equals(a, b, comparable(op, a, b, at), scope))
    case '!=':
      return scalar('boolean', `(NOT ${equals(a, b, comparable(op, a, b, at), scope)})`)
    case '<':
    case '>':
    case '<=':
    case '>=': {
      const family = comparable(op, a, b, at)
      if (family === 'boolean')
        return refuse('not-ordered', at, 'Booleans have no order.', 'Use = or !=.')
      return scalar('boolean', compare(op, family, single(a, place), single(b, place)))
    }
    default:
      return arithmetic(op, a, b, place, at)
  }
}
