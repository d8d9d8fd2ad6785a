import { expect, test } from 'vitest'
import { protect, type Rules } from '../../src/disclosure/protect.ts'
import { ALL_SHOWN, withTotals } from '../../src/disclosure/totals.ts'
import { testNoise } from '../support/noise.ts'
import { aggregateOf, provenTable } from '../support/proven.ts'

const rules: Rules = { profile: 'standard', k: 10, variance: 40, rounding: 5, workspace: 'w' }
const proven = provenTable({
  canonical: 'totals',
  labels: [
    { name: 'sex', values: ['f', 'm'] },
    { name: 'band', values: [0, 1] },
  ],
  sums: [{ name: 'x', lo: 0, hi: 1 }],
  means: true,
})
const ask = (small: number) => {
  const people = (
    [
      ['f', 0, 300],
      ['f', 1, 200],
      ['m', 0, 400],
      ['m', 1, small],
    ] as const
  ).flatMap(([sex, band, n]) =>
    Array.from({ length: n }, () => ({ labels: [sex, band], values: [1] })),
  )
  return protect(aggregateOf(proven, people), proven, rules, testNoise())
}

test('totals are the sums of what is shown', () => {
  const table = ask(9)
  const with_ = withTotals(table, proven, 1)
  const totals = with_.rows.filter((r) => r[1] === ALL_SHOWN)
  expect(totals.map((r) => r[0])).toEqual(['f', 'm'])
  const shown = table.rows.filter((r) => r[0] === 'f').map((r) => Number(r[2]))
  expect(totals[0]?.[2]).toBe(shown.reduce((a, b) => a + b, 0))
  // a mean does not add up
  expect(totals[0]?.[3]).toBeNull()
})

test('a total says nothing of a cell that is not shown', () => {
  const totals = [0, 3, 9].map((n) => JSON.stringify(withTotals(ask(n), proven, 1).rows))
  expect(new Set(totals).size).toBe(1)
})

test('only over labels, and only where a person is in one cell', () => {
  expect(() => withTotals(ask(9), proven, 2)).toThrow(RangeError)
  expect(() => withTotals(ask(9), { ...proven, cellsPerPerson: 2 }, 1)).toThrow(RangeError)
})
