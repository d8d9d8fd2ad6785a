import { expect, test } from 'vitest'
import { monthsAfter } from '../../src/flow/decide.ts'

test.each([
  ['2026-01-31T10:00:00.000Z', 1, '2026-02-28T10:00:00.000Z'],
  ['2028-01-31T10:00:00.000Z', 1, '2028-02-29T10:00:00.000Z'],
  ['2026-03-31T10:00:00.000Z', 12, '2027-03-31T10:00:00.000Z'],
  ['2026-11-15T10:00:00.000Z', 3, '2027-02-15T10:00:00.000Z'],
])('a permit of %s for %i months ends at %s', (from, months, to) => {
  expect(monthsAfter(from, months)).toBe(to)
})
