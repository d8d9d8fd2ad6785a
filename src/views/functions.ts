import type { Expression } from './fhirpath/ast.ts'
import { kindOf } from './model.ts'
import { ambiguous, at, member, ofType, where } from './navigate.ts'
import { truth } from './operate.ts'
import { keyOf } from './reference.ts'
import { alarm, inside, refuse } from './refuse.ts'
import { map, raise, text } from './sql.ts'
import { dateBoundary, dateTimeBoundary, decimalBoundary, timeBoundary } from './time.ts'
import { exists, kind, list, nothing, type Scope, scalar, single, type Value } from './value.ts'

type Call = Extract<Expression, { kind: 'call' }>
type Compile = (e: Expression, scope: Scope) => Value
type Work = Readonly<{ e: Call; on: Value; scope: Scope; compile: Compile }>

const here = ({ e, scope }: Work): string => inside(scope.place, e.at)

/** least and most arguments of each function, and what it does. */
const functions: Readonly<
  Record<string, readonly [least: number, most: number, (work: Work) => Value]>
> = {
  where: [1, 1, (w) => where(w.on, criterion(w), w.scope)],
  exists: [
    0,
    1,
    (w) => scalar('boolean', exists(w.e.args.length ? where(w.on, criterion(w), w.scope) : w.on)),
  ],
  empty: [0, 0, (w) => scalar('boolean', `(NOT ${exists(w.on)})`)],
  not: [0, 0, (w) => scalar('boolean', `(NOT ${truth(w.on, w.scope.place, here(w))})`)],
  first: [0, 0, first],
  ofType: [1, 1, (w) => ofType(w.on, typeName(w), here(w), w.scope)],
  extension: [1, 1, extension],
  join: [0, 1, join],
  lowBoundary: [0, 0, (w) => boundary(w, false)],
  highBoundary: [0, 0, (w) => boundary(w, true)],
  getResourceKey: [0, 0, resourceKey],
  getReferenceKey: [0, 1, referenceKey],
}

/** The functions of SQL on FHIR; everything else is `function-unsupported`. */
export function call(e: Call, on: Value, scope: Scope, compile: Compile): Value {
  const work = { e, on, scope, compile }
  if (!Object.hasOwn(functions, e.name))
    return refuse(
      'function-unsupported',
      here(work),
      `${e.name}() is not part of SQL on FHIR.`,
      `Use one of ${Object.keys(functions).join(', ')}.`,
    )
  const [least, most, run] = functions[e.name] as (typeof functions)[string]
  if (e.args.length < least || e.args.length > most)
    refuse(
      'argument-count',
      here(work),
      `${e.name}() takes ${least === most ? least : `${least} or ${most}`} arguments.`,
      'Correct the call.',
    )
  return run(work)
}

function criterion({ e, on, scope, compile }: Work): (element: Value) => string {
  if (on.alternatives) return ambiguous(inside(scope.place, e.at))
  return (element) => {
    const arg = e.args[0] as Expression
    const inner = compile(arg, { ...scope, focus: element })
    return truth(inner, scope.place, inside(scope.place, arg.at))
  }
}

function first({ on }: Work): Value {
  if (!on.alternatives) return at(on, 0)
  return {
    ...on,
    many: false,
    alternatives: on.alternatives.map((a) => ({ type: a.type, read: () => at(a.read(), 0) })),
  }
}

/** A type specifier is a bare name, FHIR.Patient, or (in older texts of the specification) a string. */
function typeName(work: Work): string {
  const arg = work.e.args[0] as Expression
  if (arg.kind === 'member' && !arg.on) return arg.name
  if (arg.kind === 'member' && arg.on?.kind === 'member' && arg.on.name === 'FHIR') return arg.name
  if (arg.kind === 'literal' && arg.type === 'string' && work.e.name === 'getReferenceKey')
    return arg.text
  return refuse(
    'bad-type-specifier',
    here(work),
    'A type name is needed.',
    'Write ofType(Quantity).',
  )
}

function stringArgument(work: Work): string {
  const arg = work.e.args[0] as Expression
  if (arg.kind === 'literal' && arg.type === 'string') return text(arg.text)
  if (arg.kind === 'variable') {
    const value = work.compile(arg, work.scope)
    if (kind(value) === 'text' && !value.many) return value.sql
  }
  return refuse('argument-not-string', here(work), 'A string is needed.', "Write it in '...'.")
}

function extension(work: Work): Value {
  const { on, scope, e } = work
  const url = stringArgument(work)
  if (on.nothing) return nothing('Extension')
  if (on.alternatives) return ambiguous(here(work))
  if (kindOf(on.type) && !on.shadow)
    return refuse(
      'extension-of-computed',
      here(work),
      'Only an element of the resource has extensions.',
      'Ask the element itself, before where(), first() or an operator.',
    )
  const all = member(on.shadow ? on.shadow() : on, 'extension', e.at, scope)
  return where(all, (x) => `(${member(x, 'url', e.at, scope).sql} = ${url})`, scope)
}

function join(work: Work): Value {
  const { on } = work
  const separator = work.e.args.length ? stringArgument(work) : "''"
  if (on.nothing) return scalar('string', "''")
  if (kind(on) !== 'text')
    return refuse('not-text', here(work), `join() needs strings, not ${on.type}.`, 'Join strings.')
  const strings = on.many ? `array_to_string(${list(on)}, ${separator})` : `coalesce(${on.sql}, '')`
  return scalar('string', strings)
}

/** https://build.fhir.org/fhirpath.html#functions; on a Period, of its start or its end. */
function boundary(work: Work, end: boolean): Value {
  const { on, scope } = work
  if (on.nothing) return on
  if (on.type === 'Period')
    return boundary({ ...work, on: member(on, end ? 'end' : 'start', work.e.at, scope) }, end)
  const x = single(on, scope.place)
  switch (kind(on)) {
    case 'date':
      return scalar('date', dateBoundary(x, end))
    case 'dateTime':
      return scalar(on.type, dateTimeBoundary(x, end))
    case 'time':
      return scalar('time', timeBoundary(x, end))
    case 'integer':
      return scalar('decimal', `(${x} ${end ? '+' : '-'} CAST('0.5' AS DOUBLE))`)
    case 'decimal':
      return scalar('decimal', decimalBoundary(writtenDecimal(work), end, exponent(work)))
    default:
      return refuse(
        'no-boundary',
        here(work),
        `${on.type} has no boundary.`,
        'Boundaries exist for decimal, date, dateTime, time and Period.',
      )
  }
}

const exponent = ({ scope }: Work): string => raise(alarm('boundary-unknown', scope.place))

/** The text of a decimal: read as VARCHAR in the next pass, because a DOUBLE forgets how it was written. */
function writtenDecimal(work: Work): string {
  const { on, scope } = work
  if (!on.node)
    return refuse(
      'boundary-of-computed',
      here(work),
      'A computed decimal has no written precision.',
      'Take the boundary of the element itself.',
    )
  scope.pass.demands.textual.add(on.node.key)
  return single(on, scope.place)
}

function resourceKey(work: Work): Value {
  if (work.on.root) return scalar('id', member(work.on, 'id', work.e.at, work.scope).sql)
  return refuse(
    'not-a-resource',
    here(work),
    'getResourceKey() is invoked at the root of a resource.',
    'Move the column out of forEach.',
  )
}

function referenceKey(work: Work): Value {
  const { on, scope, e } = work
  const type = e.args.length ? typeName(work) : undefined
  if (on.nothing) return nothing('id')
  if (on.type !== 'Reference')
    return refuse(
      'not-a-reference',
      here(work),
      `getReferenceKey() is invoked on a Reference, this is ${on.type}.`,
      'Name a Reference element, such as subject.',
    )
  const reference = member(on, 'reference', e.at, scope)
  if (!reference.many) return scalar('id', keyOf(reference.sql, type, scope.pass.bases))
  const each = scope.pass.fresh('e')
  const keys = map(reference.sql, each, keyOf(each, type, scope.pass.bases))
  const kept = scope.pass.fresh('e')
  return {
    type: 'id',
    many: true,
    sql: `list_filter(${keys}, lambda ${kept}: ${kept} IS NOT NULL)`,
  }
}
