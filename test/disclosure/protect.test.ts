import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { muOf, worstCase } from '../../src/disclosure/bounds.ts'
import { charge } from '../../src/disclosure/charge.ts'
import { phi } from '../../src/disclosure/normal.ts'
import { protect, type Rules, WITHHELD } from '../../src/disclosure/protect.ts'
import { cellKey, questionKey } from '../../src/disclosure/stream.ts'
import { type Cell, mint } from '../../src/domain/glass.ts'
import { testNoise } from '../support/noise.ts'
import { aggregateOf, provenTable } from '../support/proven.ts'

const rules: Rules = { profile: 'standard', k: 10, variance: 40, rounding: 5, workspace: 'w1' }
const bySex = provenTable({ canonical: 'by sex', labels: [{ name: 'sex', values: ['f', 'm'] }] })
const many = (n: number, labels: readonly Cell[], values?: readonly (number | null)[]) =>
  Array.from({ length: n }, () => ({ labels, ...(values ? { values } : {}) }))
const counts = (sizes: Readonly<Record<string, number>>) =>
  aggregateOf(
    bySex,
    Object.entries(sizes).flatMap(([sex, n]) => many(n, [sex])),
  )

test('counts come out noised, rounded and in the order of the labels', () => {
  const table = protect(counts({ m: 400, f: 300 }), bySex, rules, testNoise())
  expect(table.columns).toEqual(['sex', 'persons'])
  expect(table.rows.map((r) => r[0])).toEqual(['f', 'm'])
  for (const [row, truth] of [
    [table.rows[0], 300],
    [table.rows[1], 400],
  ] as const) {
    expect(Number(row?.[1]) % 5).toBe(0)
    expect(Math.abs(Number(row?.[1]) - truth)).toBeLessThanOrEqual(5 * Math.sqrt(40) + 2.5)
  }
  expect(table.statement.rho).toBe(1 / 40)
})

test('the same question on the same workspace gives the same bytes, another workspace fresh noise', () => {
  const ask = (workspace: string, secret?: string) =>
    JSON.stringify(
      protect(
        counts({ m: 400, f: 300 }),
        bySex,
        { ...rules, rounding: 0, workspace },
        testNoise(secret),
      ).rows,
    )
  expect(ask('w1')).toBe(ask('w1'))
  const others = ['w2', 'w3', 'w4'].map((w) => ask(w))
  expect(others.some((o) => o !== ask('w1'))).toBe(true)
  expect(ask('w1', 'another key')).not.toBe(ask('w1'))
})

test('a canonical repeat has the key of its original; precision, text and workspace do not', () => {
  const key = questionKey(bySex, rules)
  expect(questionKey({ ...bySex, sql: 'printed otherwise' }, { ...rules })).toBe(key)
  expect(questionKey(bySex, { ...rules, variance: 10 })).not.toBe(key)
  expect(questionKey(bySex, { ...rules, workspace: 'w2' })).not.toBe(key)
  expect(questionKey({ ...bySex, canonical: 'by sex ' }, rules)).not.toBe(key)
})

test('labels are told apart by type and value, not by how the engine boxes a number', () => {
  expect(cellKey([1])).toBe(cellKey([1n]))
  const different: (readonly Cell[])[] = [
    [1],
    ['1'],
    [true],
    [null],
    ['null'],
    ['1', ''],
    ['', '1'],
  ]
  expect(new Set(different.map(cellKey)).size).toBe(different.length)
})

test('small cells are absent, whatever the noise', () => {
  for (let i = 0; i < 200; i += 1) {
    const { rows } = protect(
      counts({ f: 9, m: 100 }),
      bySex,
      { ...rules, workspace: `w${i}` },
      testNoise(),
    )
    expect(rows.map((r) => r[0])).not.toContain('f')
  }
})

test('a cell of k persons is hardly ever shown, one far above always', () => {
  let [shown, big] = [0, 0]
  for (let i = 0; i < 200; i += 1) {
    const { rows } = protect(
      counts({ f: 12, m: 90 }),
      bySex,
      { ...rules, workspace: `w${i}` },
      testNoise(),
    )
    shown += rows.filter((r) => r[0] === 'f').length
    big += rows.filter((r) => r[0] === 'm').length
  }
  expect(shown).toBe(0)
  expect(big).toBe(200)
})

describe('sums and means', () => {
  const spec = {
    canonical: 'hba1c',
    labels: bySex.labels.map(({ name }) => ({ name, values: [] })),
  }
  const sum = provenTable({ ...spec, sums: [{ name: 'x', lo: 0, hi: 150, scale: 10 }] })
  const mean = provenTable({
    ...spec,
    means: true,
    sums: [{ name: 'x', lo: 0, hi: 150, scale: 10 }],
  })
  const people = [...many(500, ['f'], [70]), ...many(400, ['m'], [null]), ...many(9, ['m'], [80])]

  test('a sum needs k contributors of its own and is withheld by name otherwise', () => {
    const { rows } = protect(aggregateOf(sum, people), sum, rules, testNoise())
    expect(rows.find((r) => r[0] === 'm')?.[2]).toBe(WITHHELD)
    const f = Number(rows.find((r) => r[0] === 'f')?.[2])
    expect(Math.abs(f - 3500)).toBeLessThan(6 * Math.sqrt(40) * 15)
  })

  test('a mean is the quotient of two noised numbers, in its own unit, within its bounds', () => {
    const { rows } = protect(aggregateOf(mean, people), mean, rules, testNoise())
    expect(rows.find((r) => r[0] === 'm')?.[2]).toBe(WITHHELD)
    const f = Number(rows.find((r) => r[0] === 'f')?.[2])
    expect(Math.abs(f - 7)).toBeLessThan(1.2)
    expect(String(f).length).toBeLessThanOrEqual(4)
  })

  test('every statistic is charged', () => {
    expect(charge(mean, 40).rho).toBeCloseTo(3 / 40, 15)
  })
})

test('order and limit act on published values', () => {
  const bands = provenTable({
    canonical: 'bands',
    labels: [{ name: 'band', values: [0, 1, 2, 3, 4] }],
    order: [{ column: 1, descending: true }],
    limit: 2,
  })
  const sizes = [100, 900, 5, 500, 700]
  const { rows } = protect(
    aggregateOf(
      bands,
      sizes.flatMap((n, band) => many(n, [band])),
    ),
    bands,
    rules,
    testNoise(),
  )
  expect(rows.map((r) => r[0])).toEqual([1, 4])
})

test('an aggregate that does not fit its proof is a bug, never an answer', () => {
  const [cell] = counts({ f: 300 }).cells
  if (!cell) throw new Error('no cell')
  for (const cells of [
    [cell, cell],
    [{ ...cell, labels: [] }],
    [{ ...cell, sums: [] }],
    [{ ...cell, persons: [] }],
  ])
    expect(() => protect(mint.aggregate(cells), bySex, rules, testNoise())).toThrow(/does not fit/)
})

test('no published cell has fewer than k persons; what is shown is near the truth', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(120), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(1, 4, 10, 40),
      fc.string(),
      (sizes, k, variance, workspace) => {
        const table = provenTable({
          canonical: 'p',
          labels: [{ name: 'g', values: sizes.map((_, i) => i) }],
        })
        const { rows } = protect(
          aggregateOf(
            table,
            sizes.flatMap((n, g) => many(n, [g])),
          ),
          table,
          { ...rules, k, variance, workspace },
          testNoise(),
        )
        for (const [g, n] of rows) {
          const truth = sizes[Number(g)] as number
          expect(truth).toBeGreaterThanOrEqual(k)
          expect(Math.abs(Number(n) - truth)).toBeLessThan(8 * Math.sqrt(variance) + 3)
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('absence depends on the own cell alone, so a total of published cells reveals no other', () => {
  const ask = (m: number) =>
    protect(counts({ f: 300, m }), bySex, rules, testNoise()).rows.find((r) => r[0] === 'f')
  expect(new Set([0, 1, 9, 10, 50, 1000].map((m) => JSON.stringify(ask(m)))).size).toBe(1)
})

/** The best test between two neighbouring datasets, over everything that is published, against the stated bound. */
test('on neighbouring datasets no distinguisher passes the stated bound', () => {
  const variance = 4
  const trials = 6000
  const ask = (f: number, m: number, i: number) =>
    protect(
      counts({ f, m }),
      bySex,
      { ...rules, variance, rounding: 0, workspace: `n${i}` },
      testNoise(),
    ).rows
  const guess = (rows: ReturnType<typeof ask>): boolean => {
    const of = (sex: string) => Number(rows.find((r) => r[0] === sex)?.[1] ?? 0)
    return of('f') - of('m') > 0
  }
  let right = 0
  for (let i = 0; i < trials; i += 1) {
    const secret = i % 2 === 0
    // one person is f or m; everybody else is known: 100 f, 101 m or the like
    right += guess(ask(100 + Number(secret), 100 + Number(!secret), i)) === secret ? 1 : 0
  }
  const advantage = (2 * right) / trials - 1
  const bound = worstCase(1 / variance, variance)
  const se = 1 / Math.sqrt(trials)
  expect(advantage).toBeLessThan(bound + 3 * se)
  // and the bound is not idle: the best attack comes near it
  expect(advantage).toBeGreaterThan(0.7 * (2 * phi(muOf(1 / variance) / 2) - 1))
})

test('at the edge of the threshold presence of a cell obeys the bound too', () => {
  const variance = 4
  const trials = 4000
  const published = (n: number) => {
    let seen = 0
    for (let i = 0; i < trials; i += 1)
      seen += protect(
        counts({ f: n }),
        bySex,
        { ...rules, variance, workspace: `e${n}.${i}` },
        testNoise(),
      ).rows.length
    return seen / trials
  }
  // k = 10, threshold 20
  const difference = published(20) - published(19)
  expect(difference).toBeLessThan(worstCase(1 / variance, variance) + 3 / Math.sqrt(trials))
  expect(published(9)).toBe(0)
})

test('the true persons decide even where the noisy number is large', () => {
  const withSum = provenTable({ canonical: 's', sums: [{ name: 'x', lo: 0, hi: 9 }] })
  const ask = (persons: number[]) =>
    protect(
      mint.aggregate([{ labels: [], sums: [500n, 500n, 900n], persons }]),
      withSum,
      rules,
      testNoise(),
    ).rows
  expect(ask([9, 9, 9])).toEqual([])
  expect(ask([500, 500, 9])[0]?.[1]).toBe(WITHHELD)
  expect(ask([500, 9, 500])[0]?.[1]).toBe(WITHHELD)
  expect(ask([500, 500, 500])[0]?.[1]).not.toBe(WITHHELD)
})

test('having acts on published values, and what is withheld passes nothing', () => {
  const bands = provenTable({
    canonical: 'having',
    labels: [{ name: 'band', values: [0, 1, 2] }],
    sums: [{ name: 'x', lo: 0, hi: 1 }],
  })
  const aggregate = aggregateOf(bands, [
    ...many(100, [0], [1]),
    ...many(900, [1], [1]),
    ...many(400, [2], [null]),
  ])
  const ask = (having: NonNullable<typeof bands.having>) =>
    protect(aggregate, { ...bands, having }, rules, testNoise()).rows.map((r) => r[0])
  expect(ask([])).toEqual([0, 1, 2])
  expect(ask([{ column: 1, test: '>', value: 300 }])).toEqual([1, 2])
  expect(ask([{ column: 1, test: '<=', value: 300 }])).toEqual([0])
  expect(ask([{ column: 2, test: '<', value: 1e9 }])).toEqual([0, 1])
})

test('a ratio of any two statistics: units of both, no clamp but for a mean, never by nothing', () => {
  const two = provenTable({
    canonical: 'ratio',
    sums: [
      { name: 'x', lo: 0, hi: 1000, scale: 10 },
      { name: 'y', lo: 0, hi: 100, scale: 100 },
    ],
  })
  const ratio = (numerator: string, denominator: string) => ({
    ...two,
    output: [{ name: 'r', kind: 'ratio' as const, numerator, denominator }],
  })
  // 2,000 persons with x = 50 and y = 0.5
  const aggregate = aggregateOf(two, many(2000, [], [500, 50]))
  const ask = (proven: typeof two) =>
    Number(protect(aggregate, proven, rules, testNoise()).rows[0]?.[0])
  expect(ask(ratio('x.sum', 'y.sum'))).toBeGreaterThan(90)
  expect(ask(ratio('x.sum', 'y.sum'))).toBeLessThan(111)
  expect(Math.abs(ask(ratio('x.sum', 'x.n')) - 50)).toBeLessThan(2)
  // more persons above than below is a ratio over one
  const unequal = aggregateOf(two, [...many(900, [], [500, null]), ...many(300, [], [null, 50])])
  const over = protect(unequal, ratio('x.n', 'y.n'), rules, testNoise()).rows[0]?.[0]
  expect(Math.abs(Number(over) - 3)).toBeLessThan(0.5)
  // a denominator that noise leaves at or below nothing
  const none = mint.aggregate([
    { labels: [], sums: [500n, 500n, 900n, 500n, -1000000n], persons: [500, 500, 500, 500, 500] },
  ])
  expect(protect(none, ratio('x.sum', 'y.sum'), rules, testNoise()).rows).toEqual([])
})

test('a value that the question rounds is rounded after noise, a withheld one stays withheld', () => {
  const proven = provenTable({ canonical: 'tens', sums: [{ name: 'days', lo: 0, hi: 9 }] })
  const rounded = {
    ...proven,
    output: proven.output.map((o) => (o.kind === 'value' ? { ...o, digits: -3 } : o)),
  }
  const ask = (of: typeof proven, size: number) =>
    protect(aggregateOf(proven, many(size, [], [5])), of, rules, testNoise()).rows
  expect(ask(rounded, 700)).toEqual([[1000, 4000]])
  expect(ask(proven, 700)).not.toEqual(ask(rounded, 700))
  expect(ask(rounded, 3)).toEqual(ask(proven, 3))
})
