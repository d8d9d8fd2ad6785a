import type { Scalar } from './ir.ts'
import { refuse } from './rules.ts'
import { call, constantNumber, constantText, mapped, text } from './scalars.ts'
import { plain, ranged, type Type, truth } from './types.ts'

/** Functions of texts. Results never grow: what could is cut at 1,000 characters. */

const nullable = (args: readonly Scalar[]): boolean => args.some((a) => a.type.nullable)

function textType(args: readonly Scalar[], f: (...values: string[]) => string): Type {
  const values = mapped(
    args.map((a) => a.type),
    (...v) => f(...v.map(String)),
  )
  return { kind: 'text', nullable: nullable(args), ...(values && { values }) }
}

/** ASCII only: JavaScript and the engine may differ on other letters, and then the set is open. */
const ascii = (f: (s: string) => string) => (s: string) => f(s)
const isAscii = (s: Scalar): boolean =>
  s.type.values?.every((v) => /^[ -~]*$/.test(String(v))) === true

export function changeCase(name: 'lower' | 'upper', arg: Scalar, at: string): Scalar {
  const s = text(arg)
  const change = ascii((v) => (name === 'lower' ? v.toLowerCase() : v.toUpperCase()))
  const type = isAscii(s) ? textType([s], change) : plain('text', s.type.nullable)
  return call(name, [s], type, at)
}

export const trimmed = (arg: Scalar, at: string): Scalar =>
  call('trim', [text(arg)], plain('text', arg.type.nullable), at)

export const textLength = (arg: Scalar, at: string): Scalar =>
  call('length', [text(arg)], ranged('integer', 0, 2 ** 31, arg.type.nullable), at)

/** `left(s, n)`, `right(s, n)`, `substring(s, from, n)` with constants from 0 to 1,000. */
export function slice(
  name: 'left' | 'right' | 'substring',
  args: readonly Scalar[],
  at: string,
): Scalar {
  const [s, ...numbers] = args
  if (s === undefined || numbers.length !== (name === 'substring' ? 2 : 1))
    refuse('function-arguments', at)
  for (const n of numbers) {
    const v = constantNumber(n)
    if (v === undefined || !Number.isInteger(v) || v < 0 || v > 1000)
      refuse('argument-constant', n.at)
  }
  const source = text(s)
  const [a = 0, b = 0] = numbers.map((n) => Number(constantNumber(n)))
  const cut = (v: string): string =>
    name === 'left'
      ? v.slice(0, a)
      : name === 'right'
        ? a === 0
          ? ''
          : v.slice(-a)
        : v.slice(a - 1, a - 1 + b)
  const closed = isAscii(source) && (name !== 'substring' || a >= 1)
  const type = closed ? textType([source], cut) : plain('text', source.type.nullable)
  return call(name, [source, ...numbers], type, at)
}

/** `a || b`, cut at 1,000 characters so that nothing doubles without end. */
export function concat(args: readonly Scalar[], at: string): Scalar {
  const parts = args.map(text)
  const type = textType(parts, (...v) => v.join('').slice(0, 1000))
  return call('concat', parts, type, at)
}

export function matches(
  name: 'starts_with' | 'ends_with' | 'contains',
  args: readonly Scalar[],
  at: string,
): Scalar {
  const [s, part] = args
  if (s === undefined || part === undefined || args.length !== 2) refuse('function-arguments', at)
  const ready = [text(s), text(part)]
  return call(name, ready, truth(nullable(ready)), at)
}

/** LIKE with a constant pattern of at most 100 characters and 4 wildcards %: each more multiplies the work. */
export function like(insensitive: boolean, s: Scalar, pattern: Scalar, at: string): Scalar {
  const p = constantText(pattern)
  if (p === undefined || p.length > 100 || (p.match(/%/g) ?? []).length > 4)
    refuse('argument-constant', pattern.at, {
      reason: 'The pattern must be a literal of at most 100 characters with at most 4 signs %.',
    })
  return call(insensitive ? 'ilike' : 'like', [text(s), pattern], truth(s.type.nullable), at)
}
