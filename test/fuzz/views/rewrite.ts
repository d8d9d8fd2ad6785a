import type { Expression } from '../../../src/views/fhirpath/ast.ts'
import { parse } from '../../../src/views/fhirpath/parse.ts'

/** A parsed expression as FHIRPath text again. */
export function print(e: Expression): string {
  switch (e.kind) {
    case 'literal':
      if (e.type === 'string') return `'${e.text.replace(/[\\']/g, '\\$&')}'`
      if (e.type === 'time') return `@T${e.text}`
      return e.type === 'date' || e.type === 'dateTime' ? `@${e.text}` : e.text
    case 'variable':
      return `%${e.name}`
    case 'this':
      return '$this'
    case 'member':
      return e.on ? `${print(e.on)}.${e.name}` : e.name
    case 'call': {
      const call = `${e.name}(${e.args.map(print).join(', ')})`
      return e.on ? `${print(e.on)}.${call}` : call
    }
    case 'index':
      return `${print(e.on)}[${print(e.index)}]`
    case 'negate':
      return `(-${print(e.on)})`
    case 'binary':
      return `(${print(e.left)} ${e.op} ${print(e.right)})`
    default:
      return e satisfies never
  }
}

export type Change = (e: Expression) => Expression | undefined

/** Bottom-up: `change` answers a replacement, or undefined to keep the node. */
export function rewrite(e: Expression, change: Change): Expression {
  const go = (x: Expression): Expression => rewrite(x, change)
  const inner = ((): Expression => {
    switch (e.kind) {
      case 'member':
        return e.on ? { ...e, on: go(e.on) } : e
      case 'call':
        return { ...e, ...(e.on ? { on: go(e.on) } : {}), args: e.args.map(go) }
      case 'index':
        return { ...e, on: go(e.on) }
      case 'negate':
        return { ...e, on: go(e.on) }
      case 'binary':
        return { ...e, left: go(e.left), right: go(e.right) }
      default:
        return e
    }
  })()
  return change(inner) ?? inner
}

const PATHS = new Set(['path', 'forEach', 'forEachOrNull'])

/** The view with every FHIRPath text rewritten. */
export function rewriteView(view: unknown, change: Change): unknown {
  if (Array.isArray(view)) return view.map((v) => rewriteView(v, change))
  if (typeof view !== 'object' || view === null) return view
  return Object.fromEntries(
    Object.entries(view).map(([k, v]) => [
      k,
      PATHS.has(k) && typeof v === 'string'
        ? print(rewrite(parse(v, '/'), change))
        : rewriteView(v, change),
    ]),
  )
}

/** The view with forEachOrNull for every forEach. */
export function keepRows(view: unknown): unknown {
  if (Array.isArray(view)) return view.map(keepRows)
  if (typeof view !== 'object' || view === null) return view
  return Object.fromEntries(
    Object.entries(view).map(([k, v]) => [k === 'forEach' ? 'forEachOrNull' : k, keepRows(v)]),
  )
}
