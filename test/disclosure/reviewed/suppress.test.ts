import { expect, test } from 'vitest'
import { audit } from '../../../src/disclosure/reviewed/audit.ts'
import { highs } from '../../../src/disclosure/reviewed/lp.ts'
import { review } from '../../../src/disclosure/reviewed/reviewed.ts'
import { suppress } from '../../../src/disclosure/reviewed/suppress.ts'
import { ALL, withMargins } from '../../../src/disclosure/reviewed/table.ts'
import { randomOf } from '../../attacks/world.ts'
import { aggregateOf, provenTable } from '../../support/proven.ts'

const solve = await highs()
const values = (n: number) => Array.from({ length: n }, (_, i) => i)
function randomTable(sizes: readonly number[], seed: number, sparse: number) {
  const random = randomOf(seed)
  const cells = sizes
    .reduce<number[][]>((rows, n) => rows.flatMap((r) => values(n).map((v) => [...r, v])), [[]])
    .map((labels) => ({
      labels,
      persons: random() < sparse ? Math.floor(random() * 10) : 10 + Math.floor(random() * 90),
    }))
  return withMargins(sizes.map(values), cells)
}

test('margins are sums, and every relation holds', () => {
  const table = randomTable([3, 4, 2], 1, 0.2)
  expect(table.counts).toHaveLength(4 * 5 * 3)
  for (const [total = 0, ...parts] of table.relations)
    expect(parts.reduce((t, p) => t + (table.counts[p] as number), 0)).toBe(table.counts[total])
})

test('hiding the small cell alone gives it away; the audit finds it', () => {
  const table = randomTable([3, 3], 2, 0)
  const one = table.places.findIndex((p) => p[0] === 1 && p[1] === 1)
  expect(audit(table, new Set([one]), solve)).toEqual([
    { cell: one, least: table.counts[one], most: table.counts[one] },
  ])
})

test.each([
  [[4, 5], 0.2],
  [[6, 6], 0.1],
  [[3, 4, 3], 0.15],
  [[4, 4, 4], 0.1],
])(
  'no cell of a table of %j is recoverable',
  (sizes, sparse) => {
    for (const seed of [3, 4]) {
      const k = 10
      const table = randomTable(sizes, seed, sparse)
      const { hidden, primary, ranges } = suppress(table, k, solve)
      // everything small is hidden, and could be k or more for all that is shown
      for (const i of primary) expect(hidden.has(i)).toBe(true)
      expect(table.counts.every((n, i) => n >= k || hidden.has(i))).toBe(true)
      for (const r of ranges) {
        expect(r.most).toBeGreaterThan(r.least)
        if (primary.has(r.cell)) expect(r.most).toBeGreaterThanOrEqual(k)
        expect(r.least).toBeLessThanOrEqual(table.counts[r.cell] as number)
        expect(r.most).toBeGreaterThanOrEqual(table.counts[r.cell] as number)
      }
      // and not everything is hidden
      expect(hidden.size).toBeLessThan(table.counts.length * 0.8)
    }
  },
  60_000,
)

test('a reviewed table shows exact numbers of k persons, with evidence for checkers', () => {
  const proven = provenTable({
    canonical: 'r',
    labels: [
      { name: 'sex', values: ['f', 'm'] },
      { name: 'band', values: [0, 1, 2] },
    ],
    sums: [{ name: 'x', lo: 0, hi: 100 }],
    means: true,
  })
  const sizes = [40, 50, 60, 30, 4, 70]
  const aggregate = aggregateOf(
    proven,
    sizes.flatMap((n, i) =>
      Array.from({ length: n }, (_, j) => ({
        labels: [i < 3 ? 'f' : 'm', i % 3],
        values: [i === 0 && j > 5 ? null : 50 + (j % 2)],
      })),
    ),
  )
  const { table, evidence } = review(aggregate, proven, { k: 10 }, solve)
  expect(evidence).toMatchObject({ cells: 12, small: 1, recoverable: 0 })
  expect(evidence.hidden).toBeGreaterThanOrEqual(4)
  expect(evidence.fewest).toBeGreaterThanOrEqual(10)
  const at = (sex: string, band: unknown) => table.rows.find((r) => r[0] === sex && r[1] === band)
  expect(at('m', 1)).toBeUndefined()
  expect(at('all', 'all')?.[2]).toBe(254)
  // six contributors are not enough for the mean of an otherwise shown cell
  const first = at('f', 0)
  if (first) expect(first[3]).toBeNull()
  expect(table.statement.worstCaseAdvantage).toBe(1)
  expect(table.statement.words).toContain('no bound')
  expect(ALL.description).toBe('all')
})

test('a count next to its complement is shown only where both are k persons', () => {
  const proven = provenTable({
    canonical: 'c',
    labels: [{ name: 'sex', values: ['f', 'm'] }],
    sums: [{ name: 'x', lo: 0, hi: 1 }],
  })
  const withFilter = {
    ...proven,
    output: [...proven.output, { name: 'with', kind: 'value' as const, statistic: 'x.n' }],
  }
  const ask = (have: number, of: number) =>
    review(
      aggregateOf(
        withFilter,
        ['f', 'm'].flatMap((sex) =>
          Array.from({ length: of }, (_, i) => ({ labels: [sex], values: [i < have ? 1 : null] })),
        ),
      ),
      withFilter,
      { k: 10 },
      solve,
    ).table.rows.find((r) => r[0] === 'f')?.[3]
  expect(ask(50, 100)).toBe(50)
  expect(ask(99, 100)).toBeNull()
  expect(ask(100, 100)).toBeNull()
  expect(ask(9, 100)).toBeNull()
})
