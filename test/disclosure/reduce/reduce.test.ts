import { expect, test } from 'vitest'
import { noisedGrid, valuesOf } from '../../../src/disclosure/grid.ts'
import type { Rules } from '../../../src/disclosure/protect.ts'
import { reduce } from '../../../src/disclosure/reduce.ts'
import type { Cell } from '../../../src/domain/glass.ts'
import { randomOf } from '../../attacks/world.ts'
import { testNoise } from '../../support/noise.ts'
import { aggregateOf, provenTable } from '../../support/proven.ts'

const rules: Rules = { profile: 'standard', k: 10, variance: 10, rounding: 5, workspace: 'w' }
const edges = Array.from({ length: 10 }, (_, i) => 10 * i)
const people = (n: number, of: (i: number) => readonly Cell[]) =>
  Array.from({ length: n }, (_, i) => ({ labels: of(i) }))

test('quantiles per group; a group that is too small is absent, an empty bin is noised', () => {
  const proven = provenTable({
    canonical: 'ages',
    labels: [
      { name: 'sex', values: ['f', 'm'] },
      { name: 'bin', values: edges },
    ],
  })
  const random = randomOf(9)
  const draw = () => Math.floor(random() * 10) * 10
  const aggregate = aggregateOf(proven, [
    ...people(2000, () => ['f', draw()]),
    ...people(9, () => ['m', 50]),
  ])
  const table = reduce(
    aggregate,
    proven,
    { kind: 'quantile', persons: 'n', bin: 1, edges, top: 100, quantiles: [0.25, 0.5, 0.75] },
    rules,
    testNoise(),
  )
  expect(table.columns).toEqual(['sex', 'of', 'estimate', 'lo95', 'hi95', 'persons'])
  expect(table.rows.map((r) => [r[0], r[1]])).toEqual([
    ['f', 0.25],
    ['f', 0.5],
    ['f', 0.75],
  ])
  for (const [, q, value, lo, hi] of table.rows) {
    expect(Math.abs(Number(value) - 100 * Number(q))).toBeLessThan(8)
    expect(Number(lo)).toBeLessThanOrEqual(Number(value))
    expect(Number(hi)).toBeGreaterThanOrEqual(Number(value))
  }
  const grid = noisedGrid(aggregate, proven, rules, testNoise())
  expect(grid).toHaveLength(3 * 11)
  expect(grid.filter((c) => c.persons['n'] === 0 && c.noisy['n']?.x !== 0).length).toBeGreaterThan(
    10,
  )
})

test('survival and flow from one count table each', () => {
  const km = provenTable({
    canonical: 'km',
    labels: [
      { name: 'year', values: [0, 1, 2, 3] },
      { name: 'ended', values: ['event', 'censored'] },
    ],
  })
  const curve = reduce(
    aggregateOf(
      km,
      people(1200, (i) => [i % 4, i % 3 === 0 ? 'event' : 'censored']),
    ),
    km,
    {
      kind: 'km',
      persons: 'n',
      interval: 0,
      ended: 1,
      event: 'event',
      until: [0, 1, 2, 3].map((y) => [y, y + 1]),
    },
    rules,
    testNoise(),
  )
  expect(curve.rows.map((r) => r[0])).toEqual([1, 2, 3, 4])
  const survival = curve.rows.map((r) => Number(r[1]))
  expect(survival).toEqual(survival.toSorted((a, b) => b - a))

  const flow = provenTable({
    canonical: 'flow',
    labels: [{ name: 'last', values: ['all', 'adult', 'complete'] }],
  })
  const steps = ['all', 'adult', 'complete']
  const ask = (lost: number) =>
    reduce(
      aggregateOf(flow, [
        ...people(300, () => ['all']),
        ...people(lost, () => ['adult']),
        ...people(500, () => ['complete']),
      ]),
      flow,
      { kind: 'flow', persons: 'n', step: 0, steps },
      rules,
      testNoise(),
    ).rows.map((r) => r[0])
  expect(ask(200)).toEqual(steps)
  // the drop before `complete` is nine persons: the step is not shown, because the difference would be
  expect(ask(9)).toEqual(['all', 'adult'])
})

test('the same question reduces to the same bytes', () => {
  const proven = provenTable({ canonical: 'c', labels: [{ name: 'sex', values: ['f', 'm'] }] })
  const ask = () =>
    JSON.stringify(
      reduce(
        aggregateOf(
          proven,
          people(500, (i) => [i % 2 === 0 ? 'f' : 'm']),
        ),
        proven,
        { kind: 'count', persons: 'n' },
        rules,
        testNoise(),
      ),
    )
  expect(ask()).toBe(ask())
})

test('a label off the grid, an open label, or several cells per person are refused', () => {
  const proven = provenTable({ canonical: 'c', labels: [{ name: 'sex', values: ['f', 'm'] }] })
  const count = { kind: 'count', persons: 'n' } as const
  const outside = aggregateOf(
    proven,
    people(50, () => ['x']),
  )
  expect(() => reduce(outside, proven, count, rules, testNoise())).toThrow(
    /outside the public grid/,
  )
  expect(() =>
    reduce(outside, { ...proven, cellsPerPerson: 2 }, count, rules, testNoise()),
  ).toThrow(RangeError)
  expect(() => valuesOf({ kind: 'open' }, undefined)).toThrow(RangeError)
  expect(valuesOf({ kind: 'range', min: 0, max: 1, step: 0.5 }, undefined)).toEqual([
    0,
    0.5,
    1,
    null,
  ])
})
