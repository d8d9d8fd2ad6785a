import type { Expression } from './fhirpath/ast.ts'
import { call } from './functions.ts'
import { at, member } from './navigate.ts'
import { operate } from './operate.ts'
import { inside, refuse } from './refuse.ts'
import { text } from './sql.ts'
import { kind, nothing, plain, type Scope, scalar, single, type Value } from './value.ts'

/** A number is written into SQL as it was written in the view; a decimal is a DOUBLE, as the data are. */
export function literal(type: string, written: string): Value {
  switch (type) {
    case 'boolean':
      return scalar('boolean', written === 'true' ? 'TRUE' : 'FALSE')
    case 'integer':
      return scalar('integer', `CAST(${text(written)} AS BIGINT)`)
    case 'decimal':
      return scalar('decimal', `CAST(${text(written)} AS DOUBLE)`)
    default:
      return scalar(type, text(written))
  }
}

function variable(name: string, offset: number, scope: Scope): Value {
  if (name === 'rowIndex') return scalar('integer', scope.rowIndex)
  return (
    scope.constants.get(name) ??
    refuse(
      'unknown-constant',
      inside(scope.place, offset),
      `%${name} is neither a constant of this view nor %rowIndex.`,
      'Declare it under constant.',
    )
  )
}

/** Compiles one parsed expression against the focus of its scope. Throws `view-invalid`. */
export function compileExpression(e: Expression, scope: Scope): Value {
  switch (e.kind) {
    case 'literal':
      return literal(e.type, e.text)
    case 'variable':
      return variable(e.name, e.at, scope)
    case 'this':
      return scope.focus
    case 'member':
      return member(e.on ? compileExpression(e.on, scope) : scope.focus, e.name, e.at, scope)
    case 'call':
      return call(e, e.on ? compileExpression(e.on, scope) : scope.focus, scope, compileExpression)
    case 'index':
      return indexed(e, scope)
    case 'negate': {
      const on = plain(compileExpression(e.on, scope), scope.pass)
      if (on.nothing) return nothing(on.type)
      if (kind(on) !== 'integer' && kind(on) !== 'decimal')
        return refuse(
          'not-a-number',
          inside(scope.place, e.at),
          `- needs a number, this is ${on.type}.`,
          'Negate integer or decimal.',
        )
      return scalar(on.type, `(-${single(on, scope.place)})`)
    }
    case 'binary': {
      const [a, b] = [compileExpression(e.left, scope), compileExpression(e.right, scope)]
      return operate(e.op, a, b, inside(scope.place, e.at), scope)
    }
    default:
      return e satisfies never
  }
}

/** The number of an index: written out, or an integer constant of the view. */
function position(index: Expression, scope: Scope): number {
  if (index.kind === 'literal' && index.type === 'integer') return Number(index.text)
  if (index.kind === 'variable') {
    const value = variable(index.name, index.at, scope)
    if (kind(value) === 'integer' && value.written !== undefined && !value.written.startsWith('-'))
      return Number(value.written)
  }
  return refuse(
    'index-not-constant',
    inside(scope.place, index.at),
    'An index is a whole number, written out or a constant.',
    'Write [0], or use where().',
  )
}

function indexed(e: Extract<Expression, { kind: 'index' }>, scope: Scope): Value {
  const index = position(e.index, scope)
  const on = compileExpression(e.on, scope)
  if (!on.alternatives) return at(on, index)
  return {
    ...on,
    many: false,
    alternatives: on.alternatives.map((a) => ({ type: a.type, read: () => at(a.read(), index) })),
  }
}
