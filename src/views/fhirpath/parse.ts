import { inside, type Place, refuse } from '../refuse.ts'
import { type Expression, foreignOperators, type Operator, operators } from './ast.ts'
import { type Token, tokens } from './tokens.ts'

const LONGEST = 10_000
const DEEPEST = 64

const isOperator = (text: string): text is Operator => Object.hasOwn(operators, text)

/**
 * Parses one FHIRPath expression (N1 grammar, the subset of SQL on FHIR) completely: trailing input, unknown
 * operators and unknown literals are refused with a position. Throws `view-invalid`.
 */
export function parse(text: string, place: Place): Expression {
  if (text.length > LONGEST)
    refuse('expression-too-long', place, `Longer than ${LONGEST} characters.`, 'Split the view.')
  const all = tokens(text, place)
  let next = 0
  const peek = (): Token => all[next] as Token
  const take = (): Token => all[next++] as Token
  const is = (symbol: string): boolean => peek().kind === 'symbol' && peek().text === symbol

  const fail = (token: Token, reason: string, rule = 'fhirpath-syntax'): never =>
    refuse(rule, inside(place, token.at), reason, 'Correct the expression at the named column.')

  function expect(symbol: string): void {
    if (!is(symbol)) fail(peek(), `Expected ${symbol} here.`)
    take()
  }

  function operatorHere(): Operator | undefined {
    const token = peek()
    if (token.quoted || (token.kind !== 'symbol' && token.kind !== 'name')) return undefined
    if (foreignOperators.includes(token.text))
      fail(token, `The operator ${token.text} is not part of SQL on FHIR.`, 'operator-unsupported')
    return isOperator(token.text) ? token.text : undefined
  }

  function binary(level: number, depth: number): Expression {
    let left = unary(depth)
    for (;;) {
      const op = operatorHere()
      if (op === undefined || operators[op] < level) return left
      const { at } = take()
      left = { kind: 'binary', op, left, right: binary(operators[op] + 1, depth + 1), at }
    }
  }

  function unary(depth: number): Expression {
    if (depth > DEEPEST) fail(peek(), `Nested deeper than ${DEEPEST}.`, 'expression-too-deep')
    if (is('-')) {
      const { at } = take()
      return { kind: 'negate', on: unary(depth + 1), at }
    }
    if (is('+')) take()
    return postfix(depth)
  }

  function postfix(depth: number): Expression {
    let on = term(depth)
    for (;;) {
      if (is('.')) {
        take()
        on = invocation(depth, on)
      } else if (is('[')) {
        const { at } = take()
        const index = binary(0, depth + 1)
        expect(']')
        on = { kind: 'index', on, index, at }
      } else return on
    }
  }

  function invocation(depth: number, on?: Expression): Expression {
    const token = take()
    if (token.kind === 'special') {
      if (token.text !== '$this')
        fail(token, `${token.text} is not part of SQL on FHIR.`, 'variable-unsupported')
      return { kind: 'this', at: token.at }
    }
    if (token.kind !== 'name') fail(token, 'Expected an element or a function here.')
    const { text: name, at } = token
    const target = on === undefined ? {} : { on }
    if (!is('(')) return { kind: 'member', ...target, name, at }
    take()
    const args: Expression[] = []
    while (!is(')')) {
      if (args.length > 0) expect(',')
      args.push(binary(0, depth + 1))
    }
    take()
    return { kind: 'call', ...target, name, args, at }
  }

  function term(depth: number): Expression {
    const token = peek()
    const { kind, text: body, at } = token
    switch (kind) {
      case 'string':
        take()
        return { kind: 'literal', type: 'string', text: body, at }
      case 'number':
        take()
        return { kind: 'literal', type: body.includes('.') ? 'decimal' : 'integer', text: body, at }
      case 'date':
        take()
        return dateLiteral(token)
      case 'time':
        take()
        if (!/^T\d\d:\d\d:\d\d/.test(body)) fail(token, 'A time needs its seconds.', 'partial-time')
        return { kind: 'literal', type: 'time', text: body.slice(1), at }
      case 'variable':
        take()
        return { kind: 'variable', name: body, at }
      case 'name':
      case 'special':
        if ((body === 'true' || body === 'false') && !token.quoted) {
          take()
          return { kind: 'literal', type: 'boolean', text: body, at }
        }
        return invocation(depth)
      case 'symbol':
        if (is('(')) {
          take()
          const whole = binary(0, depth + 1)
          expect(')')
          return whole
        }
        return fail(token, 'Expected a value here.')
      case 'end':
        return fail(token, 'The expression ends too early.')
      default:
        return fail(token, 'Expected a value here.')
    }
  }

  function dateLiteral(token: Token): Expression {
    const [day = '', time] = token.text.split('T')
    if (
      time !== undefined &&
      time !== '' &&
      !/^\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(time)
    )
      fail(token, 'A dateTime with a time needs its seconds.', 'partial-time')
    return {
      kind: 'literal',
      type: time === undefined ? 'date' : 'dateTime',
      text: time ? `${day}T${time}` : day,
      at: token.at,
    }
  }

  const whole = binary(0, 0)
  if (peek().kind !== 'end') fail(peek(), 'The expression should end here.')
  return whole
}
