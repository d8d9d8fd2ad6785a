import { expect, test } from 'vitest'
import { worstCase } from '../../src/disclosure/bounds.ts'
import { chargesFor, combined, UNLIMITED } from '../../src/disclosure/compose.ts'
import { type Spending, statement } from '../../src/disclosure/statement.ts'

const table = (variance: number): Spending => ({
  profile: 'standard',
  k: 10,
  variance,
  rounding: 5,
  rho: 1 / variance,
  thresholds: 1,
})

test('a question is charged to the permit, its group and every lineage once', () => {
  const asker = {
    permit: 'p1',
    group: { name: 'oncology', budget: 0.3 },
    budget: 0.2,
    datasets: ['north', 'east', 'north'],
  }
  expect(chargesFor(asker, 'q', 0.025)).toEqual([
    { charge: 'p1', key: 'q', rho: 0.025, budget: 0.2 },
    { charge: 'group:oncology', key: 'q', rho: 0.025, budget: 0.3 },
    { charge: 'lineage:north', key: 'q', rho: 0.025, budget: UNLIMITED },
    { charge: 'lineage:east', key: 'q', rho: 0.025, budget: UNLIMITED },
  ])
  expect(
    chargesFor({ permit: 'p2', budget: 1, datasets: [] }, 'q', 0.1).map((c) => c.charge),
  ).toEqual(['p2'])
})

test('tables seen together: rho adds, the rest is the worst of them', () => {
  const both = combined([table(40), table(10)])
  expect(both.rho).toBeCloseTo(0.125, 12)
  expect(both.effectiveThreshold).toBe(42)
  expect(both.worstCaseAdvantage).toBeCloseTo(worstCase(0.125, 10), 12)
  expect(both.epsilon).toBeGreaterThan(statement(table(10)).epsilon)
  expect(combined([table(40)])).toEqual(statement(table(40)))
  expect(() => combined([])).toThrow(RangeError)
})

test('many tables raise delta by their threshold terms, and it is said', () => {
  const many = combined(Array.from({ length: 20 }, () => table(40)))
  expect(many.delta).toBeGreaterThan(1e-6)
  expect(many.delta).toBeLessThan(2e-5)
  expect(many.words).toContain(many.delta.toExponential(1))
})
