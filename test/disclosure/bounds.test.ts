import { expect, test } from 'vitest'
import {
  effectiveThreshold,
  epsilonOf,
  muOf,
  noiseTail,
  thresholdTerm,
  worstCase,
} from '../../src/disclosure/bounds.ts'
import { phi, quantile } from '../../src/disclosure/normal.ts'
import { permitStatement, statement } from '../../src/disclosure/statement.ts'

test('the normal distribution agrees with tables', () => {
  expect(phi(0)).toBe(0.5)
  expect(phi(1)).toBeCloseTo(0.8413447460685429, 13)
  expect(phi(-1.959963984540054)).toBeCloseTo(0.025, 13)
  expect(phi(-5) / 2.866515718791939e-7).toBeCloseTo(1, 10)
  expect(phi(-3.5) / 2.32629079035525e-4).toBeCloseTo(1, 10)
  expect(quantile(0.975)).toBeCloseTo(1.959963984540054, 10)
})

test('the effective thresholds of the design page', () => {
  expect(effectiveThreshold(10, 10)).toBe(26)
  expect(effectiveThreshold(10, 40)).toBe(42)
  const table = [10, 20, 40, 80].map((v) => [5, 10, 20].map((k) => effectiveThreshold(k, v)))
  expect(table).toEqual([
    [21, 26, 36],
    [28, 33, 43],
    [37, 42, 52],
    [50, 55, 65],
  ])
})

test('the check of the true count shows with a chance under 3e-7 per cell', () => {
  for (const v of [10, 20, 40, 80, 160])
    expect(noiseTail(v, effectiveThreshold(10, v) - 9)).toBeLessThan(3e-7)
  expect(thresholdTerm(10, 40)).toBeLessThan(5e-7)
})

test('epsilon is at most the textbook conversion, and sound at a known value', () => {
  for (const rho of [0.01, 0.07, 0.5, 2])
    expect(epsilonOf(rho, 1e-6)).toBeLessThan(rho + 2 * Math.sqrt(rho * Math.log(1e6)))
  // delta of the conversion at the returned epsilon is what was asked, minimised over a grid of orders
  const rho = 0.5
  const epsilon = epsilonOf(rho, 1e-6)
  let least = 1
  for (let a = 1.01; a < 100; a += 0.01)
    least = Math.min(
      least,
      Math.exp((a - 1) * (a * rho - epsilon) + a * Math.log1p(-1 / a)) / (a - 1),
    )
  expect(least / 1e-6).toBeCloseTo(1, 3)
  expect(epsilonOf(0, 1e-6)).toBe(0)
})

/** Total variation of m coordinates of discrete Gaussian noise, each shifted by one: the sum is sufficient. */
function exactDistance(variance: number, m: number): number {
  const reach = Math.ceil(9 * Math.sqrt(variance)) + 1
  const one = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * variance)),
  )
  const all = one.reduce((a, b) => a + b, 0)
  let law = [1]
  for (let i = 0; i < m; i += 1) {
    const next = new Array<number>(law.length + one.length - 1).fill(0)
    law.forEach((p, a) => {
      one.forEach((w, b) => {
        next[a + b] = (next[a + b] as number) + (p * w) / all
      })
    })
    law = next
  }
  let distance = 0
  for (let s = -m; s < law.length; s += 1)
    distance += Math.abs((law[s] ?? 0) - (law[s + m] ?? 0)) / 2
  return distance
}

test.each([1, 2, 4, 10, 40])('the worst case bounds the exact distance at variance %d', (v) => {
  for (const tables of [1, 2, 5]) {
    // one count table: a replaced person leaves one cell and enters another, rho = 1 / V
    const exact = exactDistance(v, 2 * tables)
    expect(exact).toBeLessThanOrEqual(worstCase(tables / v, v))
    expect(exact).toBeGreaterThan(0.85 * worstCase(tables / v, v))
  }
})

test('the statement says what the default budget means', () => {
  const s = permitStatement({ k: 10, variance: 40, rounding: 5, rho: 0.5 })
  expect(s.mu).toBeCloseTo(1, 12)
  expect(s.worstCaseAdvantage).toBeCloseTo(0.383, 2)
  expect(s.effectiveThreshold).toBe(42)
  expect(s.words).toContain('at least 10 persons')
  expect(s.words).toContain('69.2 %')
  const one = statement({
    profile: 'standard',
    k: 10,
    variance: 40,
    rounding: 5,
    rho: 1 / 40,
    thresholds: 1,
  })
  expect(one.delta).toBe(1e-6)
  expect(one.epsilon).toBeLessThan(1.25)
  expect(muOf(one.rho)).toBeCloseTo(0.2236, 4)
})

test('a budget of 0.07 keeps even the worst case under 0.15', () => {
  expect(worstCase(0.07, 40)).toBeLessThan(0.15)
})
