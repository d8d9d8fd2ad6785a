import { Problem } from './problem.ts'
import type { Role } from './role.ts'

/** From each state, the states that may follow and the role that may move there. Terminal states map to {}. */
export type Transitions<S extends string> = Readonly<Record<S, Readonly<Partial<Record<S, Role>>>>>

/** The only way a state changes. Throws `bad-transition` or `wrong-role`. */
export function move<S extends string>(table: Transitions<S>, from: S, to: S, role: Role): S {
  const owner = table[from][to]
  if (owner === undefined) throw new Problem('bad-transition', { from, to })
  if (owner !== role) throw new Problem('wrong-role', { from, to, needs: owner })
  return to
}

/** The diagram that the documentation shows, generated from the table. */
export function mermaid<S extends string>(table: Transitions<S>): string {
  const arrows = Object.entries<Readonly<Partial<Record<S, Role>>>>(table).flatMap(([from, tos]) =>
    Object.entries(tos).map(([to, role]) => `  ${from} --> ${to}: ${String(role)}`),
  )
  return ['stateDiagram-v2', ...arrows].join('\n')
}
