import { expect, test } from 'vitest'
import { charge } from '../../src/disclosure/charge.ts'
import { toNumber } from '../../src/disclosure/rational.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { provenTable } from '../support/proven.ts'

const counts = provenTable({ canonical: 'q' })
const sums = (lo: number, hi: number, cellsPerPerson = 1): Proven =>
  provenTable({ canonical: 'q', sums: [{ name: 'x', lo, hi }], cellsPerPerson })

test('a table of counts costs C / V', () => {
  expect(charge(counts, 40).rho).toBe(1 / 40)
  expect(charge(counts, 10).perStatistic['n']).toEqual({
    rho: 0.1,
    sensitivity: 2n,
    variance: { p: 20n, q: 2n },
  })
  expect(charge(provenTable({ canonical: 'q', cellsPerPerson: 3 }), 40).rho).toBe(3 / 40)
})

test('every statistic costs the same, the noise of a sum follows its bounds', () => {
  const { rho, perStatistic } = charge(sums(0, 300), 40)
  expect(rho).toBeCloseTo(3 / 40, 15)
  const sum = perStatistic['x.sum']
  expect(sum?.sensitivity).toBe(2n * 300n ** 2n)
  expect(sum && toNumber(sum.variance)).toBe(40 * 300 ** 2)
})

test('bounds on both sides of zero: one cell can change by the whole range', () => {
  expect(charge(sums(-10, 10), 40).perStatistic['x.sum']?.sensitivity).toBe(400n)
  expect(charge(sums(-10, 2), 40).perStatistic['x.sum']?.sensitivity).toBe(200n)
  expect(charge(sums(90, 100), 40).perStatistic['x.sum']?.sensitivity).toBe(20000n)
})

test('rho is S / (2 V) for every statistic', () => {
  for (const [lo, hi, c] of [
    [0, 1, 1],
    [-7, 3, 2],
    [5, 9, 4],
  ] as const) {
    for (const s of Object.values(charge(sums(lo, hi, c), 37).perStatistic))
      expect(Number(s.sensitivity) / (2 * toNumber(s.variance))).toBeCloseTo(s.rho, 12)
  }
})

test('a replaced person moves no table further than its sensitivity', () => {
  // brute force over two cells and all contributions on a small lattice
  for (const [lo, hi] of [
    [-2, 3],
    [1, 2],
    [-3, -1],
  ] as const) {
    const worlds: [number, number][] = [[0, 0]]
    for (let v = lo; v <= hi; v += 1) worlds.push([v, 0], [0, v])
    const furthest = Math.max(
      ...worlds.flatMap(([a, b]) => worlds.map(([c, d]) => (a - c) ** 2 + (b - d) ** 2)),
    )
    const s = charge(sums(lo, hi), 40).perStatistic['x.sum']
    expect(Number(s?.sensitivity)).toBeGreaterThanOrEqual(furthest)
  }
})

test('a variance out of range is a named problem', () => {
  for (const v of [0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e9])
    expect(() => charge(counts, v)).toThrow(
      expect.objectContaining({ code: 'invalid-input' }) as Error,
    )
})

test('a Proven without sound bounds is a bug, never a charge', () => {
  const broken: Proven[] = [
    { ...counts, cellsPerPerson: 0 },
    { ...counts, cellsPerPerson: 1.5 },
    sums(1, 0),
    sums(0, Number.POSITIVE_INFINITY),
    sums(0, 2 ** 60),
    { ...counts, statistics: [...counts.statistics, ...counts.statistics] },
    { ...sums(0, 1), statistics: sums(0, 1).statistics.slice(2) },
  ]
  for (const proven of broken) expect(() => charge(proven, 40)).toThrow(Error)
})
