import { expect, test } from 'vitest'
import { release, tableDigest } from '../../src/airlock/release.ts'
import type { Output } from '../../src/domain/analysis.ts'
import type { Protected } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'

const table = {
  columns: ['sex', 'persons'],
  rows: [['female', 120]],
  statement: { profile: 'standard', k: 10, rho: 0.025 },
} as unknown as Protected

const output: Output = {
  id: 'output-1',
  run: 'run-1',
  permit: 'permit-1',
  state: 'released',
  digest: tableDigest(table),
  table,
  createdAt: '2026-01-01T00:00:00.000Z',
}
const event = { id: 'event-1', about: 'output/output-1', facts: { digest: output.digest } }
const receipt = { event: 'event-1', index: 4, leaf: '', proof: [], checkpoint: '' }

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error.code
  }
  return 'it left'
}

test('what was checked, released and logged leaves with its receipt', () => {
  const out = release(output, event, receipt)
  expect(out).toMatchObject({ digest: output.digest, rows: [['female', 120]], receipt })
})

test('nothing else leaves', () => {
  expect(codeOf(() => release({ ...output, state: 'checked' }, event, receipt))).toBe('not-found')
  expect(codeOf(() => release({ ...output, state: 'withheld' }, event, receipt))).toBe('not-found')
  const changed = { ...table, rows: [['female', 121]] } as unknown as Protected
  expect(codeOf(() => release({ ...output, table: changed }, event, receipt))).toBe('run-failed')
  expect(
    codeOf(() => release(output, { ...event, facts: { digest: 'b'.repeat(64) } }, receipt)),
  ).toBe('run-failed')
  expect(codeOf(() => release(output, event, { ...receipt, event: 'event-2' }))).toBe('log-damaged')
  expect(codeOf(() => release(output, { ...event, about: 'output/output-2' }, receipt))).toBe(
    'log-damaged',
  )
})
