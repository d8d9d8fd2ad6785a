import type { Aggregation, Order, Relation, Scalar, Window } from './ir.ts'

/** The scalars directly inside one. */
export function childrenOf(s: Scalar): readonly Scalar[] {
  switch (s.op) {
    case 'column':
    case 'literal':
    case 'same-person':
      return []
    case 'call':
      return s.args
    case 'case':
      return [...s.whens.flatMap((w) => [w.when, w.result]), s.otherwise]
    case 'cast':
      return [s.arg]
    case 'exists':
      return s.where === undefined ? [] : [s.where]
    case 'lookup':
      return [
        ...(s.where === undefined ? [] : [s.where]),
        ...s.aggregates.flatMap((a) => aggregationScalars(a.value)),
        s.value,
      ]
    case 'among':
      return [s.needle]
    case 'aggregate':
      return aggregationScalars(s.aggregation)
    case 'window':
      return windowScalars(s.window)
  }
}

export const orderScalars = (order: readonly Order[] | undefined): readonly Scalar[] =>
  (order ?? []).map((o) => o.by)
export const aggregationScalars = (a: Aggregation): readonly Scalar[] => [
  ...(a.arg ? [a.arg] : []),
  ...(a.filter ? [a.filter] : []),
  ...orderScalars(a.order),
]
export const windowScalars = (w: Window): readonly Scalar[] => [
  ...(w.arg ? [w.arg] : []),
  ...w.partition,
  ...orderScalars(w.order),
]

export const some = (s: Scalar, test: (s: Scalar) => boolean): boolean =>
  test(s) || childrenOf(s).some((c) => some(c, test))

/** Column ids that an expression reads and no subquery inside it provides. */
export function columnsRead(s: Scalar): readonly number[] {
  const inside = childrenOf(s).flatMap(columnsRead)
  switch (s.op) {
    case 'column':
      return [s.id]
    case 'same-person':
      return [s.left, s.right]
    case 'exists':
    case 'lookup': {
      const own = new Set(s.input.columns.map((c) => c.id))
      if (s.op === 'lookup') for (const a of s.aggregates) own.add(a.id)
      return [s.outer, ...inside.filter((id) => !own.has(id))]
    }
    default:
      return inside
  }
}

/** Replaces parts of an expression, top down; `change` answers undefined to go deeper. Subqueries stay whole. */
export function rewrite(s: Scalar, change: (s: Scalar) => Scalar | undefined): Scalar {
  const done = change(s)
  if (done !== undefined) return done
  const go = (c: Scalar): Scalar => rewrite(c, change)
  const made = rebuilt(s, go)
  const parts = childrenOf(made)
  const recount = made.op === 'call' || made.op === 'case' || made.op === 'cast'
  return recount ? { ...made, constant: parts.every((p) => p.constant) } : made
}

function rebuilt(s: Scalar, go: (c: Scalar) => Scalar): Scalar {
  switch (s.op) {
    case 'call':
      return { ...s, args: s.args.map(go) }
    case 'case':
      return {
        ...s,
        whens: s.whens.map((w) => ({ when: go(w.when), result: go(w.result) })),
        otherwise: go(s.otherwise),
      }
    case 'cast':
      return { ...s, arg: go(s.arg) }
    case 'among':
      return { ...s, needle: go(s.needle) }
    case 'window': {
      const { window } = s
      return {
        ...s,
        window: {
          ...window,
          ...(window.arg && { arg: go(window.arg) }),
          partition: window.partition.map(go),
          order: window.order.map((o) => ({ ...o, by: go(o.by) })),
        },
      }
    }
    default:
      return s
  }
}

/** A text that is equal for equal expressions, places aside. */
export const same = (s: Scalar): string =>
  JSON.stringify(s, (key, value) => (key === 'at' ? undefined : value))

export const conjuncts = (s: Scalar): readonly Scalar[] =>
  s.op === 'call' && s.name === 'and' ? s.args : [s]

export const inputsOf = (r: Relation): readonly Relation[] => {
  switch (r.op) {
    case 'scan':
    case 'values':
      return []
    case 'join':
    case 'set':
      return [r.left, r.right]
    case 'part':
      return [r.part.body]
    default:
      return [r.input]
  }
}
