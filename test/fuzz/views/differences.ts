import type { Expression } from '../../../src/views/fhirpath/ast.ts'
import type { Answer } from './peer.ts'
import { type Change, keepRows, rewriteView } from './rewrite.ts'

/**
 * Where Medplum's evaluator is known to depart from the specification; each is reproduced, with the text that it
 * departs from, in test/views/peer.test.ts. A difference between the engines is explained only if it vanishes once
 * the named departures are taken out of the view, for both engines alike.
 */
export type Difference = Readonly<{
  name: string
  without: (view: unknown) => unknown
  /** Which pairs of answers it can explain at all; by default any. */
  applies?: (ours: Answer, theirs: Answer) => boolean
}>

const at = 0
const literal = (type: 'string' | 'boolean', text: string): Expression => ({
  kind: 'literal',
  type,
  text,
  at,
})
const call = (name: string, on?: Expression, ...args: Expression[]): Expression => ({
  kind: 'call',
  ...(on ? { on } : {}),
  name,
  args,
  at,
})
const member = (name: string, on?: Expression): Expression => ({
  kind: 'member',
  ...(on ? { on } : {}),
  name,
  at,
})

/** extension('u') says the same as extension.where(url = 'u'), which the peer gets right. */
const extensions: Change = (e) => {
  if (e.kind !== 'call' || e.name !== 'extension' || !e.args[0]) return undefined
  const test: Expression = { kind: 'binary', op: '=', left: member('url'), right: e.args[0], at }
  return call('where', member('extension', e.on), test)
}

const isDate = (e: Expression): boolean =>
  e.kind === 'literal' && (e.type === 'date' || e.type === 'dateTime')
const dates: Change = (e) =>
  e.kind === 'binary' && (isDate(e.left) || isDate(e.right))
    ? literal('boolean', 'true')
    : undefined

const keys: Change = (e) =>
  e.kind === 'call' && e.name === 'getReferenceKey' ? member('reference', e.on) : undefined

/** The peer guesses a type by content: a Quantity has a value, a Period a start or an end. So ask for that. */
const either: Expression = {
  kind: 'binary',
  op: 'or',
  left: call('exists', member('start')),
  right: call('exists', member('end')),
  at,
}
const content: Readonly<Record<string, Expression>> = {
  Quantity: call('exists', member('value')),
  Period: either,
}
const guessed: Change = (e) => {
  if (e.kind !== 'call' || e.name !== 'ofType' || e.args[0]?.kind !== 'member') return undefined
  const test = content[e.args[0].name]
  return test && call('where', e, test)
}

export const differences: readonly Difference[] = [
  { name: 'extension-first-only', without: (view) => rewriteView(view, extensions) },
  { name: 'dates-as-text', without: (view) => rewriteView(view, dates) },
  { name: 'type-guessed-from-content', without: (view) => rewriteView(view, guessed) },
  { name: 'reference-split-at-slash', without: (view) => rewriteView(view, keys) },
  {
    name: 'error-without-a-row',
    applies: (ours, theirs) => ours.kind === 'rows' && theirs.kind === 'error',
    // Where every iteration keeps its row, no value is computed for nothing: then both must refuse.
    without: keepRows,
  },
]
