import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  analysisTransitions,
  outputTransitions,
  runTransitions,
} from '../../src/domain/analysis.ts'
import { applicationTransitions } from '../../src/domain/application.ts'
import { permitTransitions } from '../../src/domain/permit.ts'
import { type Role, roles } from '../../src/domain/role.ts'
import { mermaid, move, type Transitions } from '../../src/domain/transition.ts'

const tables = {
  application: applicationTransitions,
  permit: permitTransitions,
  analysis: analysisTransitions,
  run: runTransitions,
  output: outputTransitions,
} as unknown as Record<string, Transitions<string>>

test.each(Object.entries(tables))(
  '%s: every state but the first is reached, every move has an owner',
  (_, table) => {
    const states = Object.keys(table)
    const reached = new Set(states.flatMap((from) => Object.keys(table[from] ?? {})))
    expect(states.slice(1).filter((it) => !reached.has(it))).toEqual([])
    for (const moves of Object.values(table))
      for (const [to, owner] of Object.entries(moves)) {
        expect(states).toContain(to)
        expect(roles).toContain(owner)
      }
  },
)

test('a move that is not in the table, or by another role, is refused', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(tables)),
      fc.constantFrom<Role>(...roles),
      fc.nat(),
      fc.nat(),
      (name, role, a, b) => {
        const table = tables[name] ?? {}
        const states = Object.keys(table)
        const from = states[a % states.length] ?? ''
        const to = states[b % states.length] ?? ''
        const owner = table[from]?.[to]
        if (owner === role) expect(move(table, from, to, role)).toBe(to)
        else expect(() => move(table, from, to, role)).toThrow()
      },
    ),
  )
})

test('the diagram is the table', () => {
  expect(mermaid(permitTransitions)).toBe(
    'stateDiagram-v2\n  granted --> revoked: access-body\n  granted --> expired: gateway',
  )
})
