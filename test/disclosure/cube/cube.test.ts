import { expect, test } from 'vitest'
import { cube, type Lattice } from '../../../src/disclosure/cube/cube.ts'
import { changeOf, rowOf, tableOf } from '../../../src/disclosure/cube/ptable.ts'
import { censusDesign } from '../../../src/disclosure/cube/statement.ts'
import { sha256 } from '../../../src/domain/digest.ts'
import { aggregateOf, provenTable } from '../../support/proven.ts'

test('every row has mean zero, its variance, its bounds, and makes no small count', () => {
  tableOf(censusDesign).forEach((row, n) => {
    const all = row.reduce((s, r) => s + r.p, 0)
    const mean = row.reduce((s, r) => s + r.p * r.change, 0)
    const variance = row.reduce((s, r) => s + r.p * r.change ** 2, 0)
    expect(all).toBeCloseTo(1, 9)
    expect(mean).toBeCloseTo(0, 9)
    if (n > 7) expect(variance).toBeCloseTo(2, 9)
    else expect(variance).toBeLessThan(6)
    for (const { change, p } of row) {
      expect(p).toBeGreaterThanOrEqual(0)
      expect(Math.abs(change)).toBeLessThanOrEqual(5)
      expect(n + change === 0 || n + change > 2).toBe(true)
    }
  })
})

test('the law is the one of maximum entropy: log p is quadratic in the change', () => {
  const logs = rowOf(50, censusDesign).map((r) => Math.log(r.p))
  const second = logs.slice(2).map((l, i) => l - 2 * (logs[i + 1] as number) + (logs[i] as number))
  for (const d of second) expect(d).toBeCloseTo(second[0] as number, 6)
})

test('uniform keys give the law; the same key the same change', () => {
  const table = tableOf(censusDesign)
  const n = 20_000
  const changes = Array.from({ length: n }, (_, i) => changeOf(table, 40, (i + 0.5) / n))
  const mean = changes.reduce((a, b) => a + b, 0) / n
  const variance = changes.reduce((a, b) => a + b * b, 0) / n
  expect(mean).toBeCloseTo(0, 2)
  expect(variance).toBeCloseTo(2, 2)
})

const proven = provenTable({ canonical: 'beds', labels: [{ name: 'sex', values: ['f', 'm'] }] })
const lattice: Lattice = {
  name: 'beds',
  questions: [sha256('beds')],
  design: censusDesign,
  k: 10,
}
const cells = (f: number, m: number) =>
  aggregateOf(proven, [
    ...Array.from({ length: f }, () => ({ labels: ['f'] })),
    ...Array.from({ length: m }, () => ({ labels: ['m'] })),
  ])

test('a cube answers its lattice, from k persons on, within its greatest change', () => {
  for (let key = 0; key < 2 ** 32; key += 2 ** 26) {
    const { rows } = cube(cells(9, 40), [key, key], proven, lattice)
    expect(rows.map((r) => r[0])).toEqual(['m'])
    expect(Math.abs(Number(rows[0]?.[1]) - 40)).toBeLessThanOrEqual(5)
  }
})

test('a question outside the lattice is refused', () => {
  expect(() => cube(cells(20, 40), [1, 2], { ...proven, canonical: 'ad hoc' }, lattice)).toThrow(
    expect.objectContaining({ code: 'refused-by-policy' }) as Error,
  )
  expect(() => cube(cells(20, 40), [1], proven, lattice)).toThrow(/one key per cell/)
})
