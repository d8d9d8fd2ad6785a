import type { Program, Solve } from './lp.ts'
import type { Margined } from './table.ts'

/** What an attacker can say of a hidden cell who knows every shown number and that all are sums of whole persons. */
export type Range = Readonly<{ cell: number; least: number; most: number }>

/** The rows of an attacker's program: every relation with the shown numbers filled in. */
function knowledge({ counts, relations }: Margined, hidden: ReadonlySet<number>): Program['rows'] {
  return relations.flatMap(([total = 0, ...parts]) => {
    const terms = new Map<string, number>()
    let equals = 0
    for (const [i, sign] of [[total, -1] as const, ...parts.map((p) => [p, 1] as const)]) {
      if (hidden.has(i)) terms.set(`x${i}`, sign)
      else equals -= sign * (counts[i] as number)
    }
    return terms.size === 0 ? [] : [{ terms, equals }]
  })
}

/**
 * The exact range of every hidden cell, by two integer programs each. Shares no code with the suppression: it is what
 * a release is checked against. Throws when the solver fails: an unaudited table does not leave.
 */
export function audit(table: Margined, hidden: ReadonlySet<number>, solve: Solve): Range[] {
  const rows = knowledge(table, hidden)
  const most = table.counts.reduce((a, b) => Math.max(a, b), 0)
  const bounds = new Map([...hidden].map((i) => [`x${i}`, { least: 0, most }]))
  return [...hidden].map((cell) => {
    const end = (goal: Program['goal']): number => {
      const objective = new Map([[`x${cell}`, 1]])
      const found = solve({ goal, objective, rows, bounds, whole: true })
      if (!found) throw new Error('the shown numbers contradict each other')
      return Math.round(found.goal)
    }
    return { cell, least: end('minimise'), most: end('maximise') }
  })
}

/** Whether a hidden cell is protected: not known exactly, and where it is below k it could be k or more for all that is shown. */
export const isProtected = ({ least, most }: Range, count: number, k: number): boolean =>
  most > least && (count >= k || most >= k)
