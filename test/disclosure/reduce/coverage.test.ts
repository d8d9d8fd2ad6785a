import { expect, test } from 'vitest'
import { discreteGaussian, uniformFrom } from '../../../src/disclosure/gaussian.ts'
import { rational } from '../../../src/disclosure/rational.ts'
import type { Estimate, Noisy } from '../../../src/disclosure/reduce/estimate.ts'
import { linear } from '../../../src/disclosure/reduce/linear.ts'
import { mean } from '../../../src/disclosure/reduce/moments.ts'
import { monotone, quantile } from '../../../src/disclosure/reduce/quantile.ts'
import { proportion, rate, standardisedRate } from '../../../src/disclosure/reduce/ratio.ts'
import { survival } from '../../../src/disclosure/reduce/survival.ts'
import { randomOf } from '../../attacks/world.ts'
import { fastBytes } from '../../support/noise.ts'

/** Issue 5: estimates of the `standard` profile lie within their stated interval in at least 93 % of 500 repetitions. */
const REPEATS = 500
const V = 40

const uniform = uniformFrom(fastBytes(77))
/** A number as `standard` noises it: sensitivity-scaled variance, in the number's own unit. */
const noised = (x: number, span = 1): Noisy => {
  const v = Math.round(V * span ** 2)
  return { x: x + Number(discreteGaussian(rational(v), uniform)), v }
}

function coverage(
  play: (random: () => number) => readonly [Estimate | undefined, number][],
): number {
  const random = randomOf(4242)
  let [inside, all] = [0, 0]
  for (let i = 0; i < REPEATS; i += 1)
    for (const [estimate, truth] of play(random)) {
      all += 1
      inside += estimate && estimate.lo <= truth && truth <= estimate.hi ? 1 : 0
    }
  return inside / all
}
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const clamp = (x: number, lo: number, hi: number): number => Math.min(hi, Math.max(lo, x))
const binomial = (n: number, p: number, random: () => number): number => {
  let k = 0
  for (let i = 0; i < n; i += 1) k += random() < p ? 1 : 0
  return k
}

test.each([
  [200, 0.3],
  [2000, 0.05],
  [2000, 0.5],
])('proportion of %d persons at %d', (n, p) => {
  expect(
    coverage((r) => [[proportion(noised(binomial(n, p, r)), noised(n)), p]]),
  ).toBeGreaterThanOrEqual(0.93)
})

test('rate per 1,000 person-years, and directly standardised', () => {
  const strata = [
    { size: 600, p: 0.05, weight: 3 },
    { size: 400, p: 0.1, weight: 2 },
    { size: 300, p: 0.3, weight: 1 },
  ]
  // two years each, in years, at most five
  const draw = (r: () => number) =>
    strata.map(({ size, p, weight }) => ({
      events: noised(binomial(size, p, r)),
      time: noised(2 * size, 5),
      weight,
    }))
  expect(
    coverage((r) =>
      draw(r).map((s, i) => [rate(s.events, s.time, 1000), 500 * (strata[i]?.p ?? 0)]),
    ),
  ).toBeGreaterThanOrEqual(0.93)
  const truth = (500 * (3 * 0.05 + 2 * 0.1 + 0.3)) / 6
  expect(coverage((r) => [[standardisedRate(draw(r), 6, 1000), truth]])).toBeGreaterThanOrEqual(
    0.93,
  )
  const [first] = draw(Math.random)
  expect(first && standardisedRate([first], 6, 1000)?.covered).toBe(0.5)
  expect(standardisedRate([], 6, 1000)).toBeUndefined()
})

test('mean of a clamped measure', () => {
  // HbA1c-like, in tenths
  expect(
    coverage((r) => {
      const xs = Array.from({ length: 400 }, () => clamp(Math.round(70 + 12 * normal(r)), 30, 150))
      const sum = xs.reduce((a, b) => a + b, 0)
      const squares = xs.reduce((a, b) => a + b * b, 0)
      return [
        [
          mean(noised(400), noised(sum, 150), noised(squares, 150 ** 2), { lo: 30, hi: 150 }).mean,
          70,
        ],
      ]
    }),
  ).toBeGreaterThanOrEqual(0.93)
})

test.each([0.25, 0.5, 0.9])('quantile %d from a histogram on a public grid', (q) => {
  const edges = Array.from({ length: 21 }, (_, i) => i * 5)
  // uniform on [0, 100): the quantile is 100 q
  expect(
    coverage((r) => {
      const bins = new Array<number>(20).fill(0)
      for (let i = 0; i < 1500; i += 1) {
        const b = Math.floor(r() * 20)
        bins[b] = (bins[b] as number) + 1
      }
      return [
        [
          quantile(
            bins.map((b) => noised(b)),
            edges,
            q,
          ),
          100 * q,
        ],
      ]
    }),
  ).toBeGreaterThanOrEqual(0.93)
})

test('survival on a public time grid', () => {
  // events and censoring at constant hazards of -log 0.95 per interval, follow-up ends after 12
  const steps = 12
  const hazard = -Math.log(0.95)
  expect(
    coverage((r) => {
      const cells = Array.from({ length: steps }, () => ({ events: 0, censored: 0 }))
      for (let i = 0; i < 2000; i += 1) {
        const [event, censored] = [-Math.log(1 - r()) / hazard, -Math.log(1 - r()) / hazard]
        const t = Math.min(steps - 1, Math.floor(Math.min(event, censored)))
        const cell = cells[t] as { events: number; censored: number }
        if (event <= censored && event < steps) cell.events += 1
        else cell.censored += 1
      }
      const points = survival(
        cells.map((c) => ({ events: noised(c.events), censored: noised(c.censored) })),
        cells.map((_, t) => t + 1),
      )
      return [0, 1, 3, 5, 8, 10].map((t) => [points[t]?.survival, 0.95 ** (t + 1)])
    }),
  ).toBeGreaterThanOrEqual(0.93)
})

test('linear model from noisy sufficient statistics', () => {
  const beta = [20, 10, -5]
  expect(
    coverage((r) => {
      const xx = new Array<number>(6).fill(0)
      const xy = [0, 0, 0]
      let yy = 0
      for (let i = 0; i < 3000; i += 1) {
        // columns between 0 and 1 on a lattice of tenths, the outcome clamped to 0..50
        const x = [10, Math.floor(r() * 11), r() < 0.4 ? 10 : 0]
        const y = clamp(
          Math.round(x.reduce((t, v, j) => t + (v / 10) * (beta[j] as number), 0) + 4 * normal(r)),
          0,
          50,
        )
        let c = 0
        for (let a = 0; a < 3; a += 1) {
          xy[a] = (xy[a] as number) + (x[a] as number) * y
          for (let b = a; b < 3; b += 1) {
            xx[c] = (xx[c] as number) + (x[a] as number) * (x[b] as number)
            c += 1
          }
        }
        yy += y * y
      }
      const scaled = (x: number, span: number, scale: number): Noisy => {
        const { x: value, v } = noised(x, span)
        return { x: value / scale, v: v / scale ** 2 }
      }
      const fit = linear({
        n: noised(3000),
        xx: xx.map((x) => scaled(x, 100, 100)),
        xy: xy.map((x) => scaled(x, 500, 10)),
        yy: scaled(yy, 2500, 1),
      })
      return beta.map((b, i) => [fit?.[i], b])
    }),
  ).toBeGreaterThanOrEqual(0.93)
})

test('a model with less information than noise says so instead of inventing numbers', () => {
  const flat: Noisy = { x: -3, v: 40 }
  expect(linear({ n: flat, xx: [flat, flat, flat], xy: [flat, flat], yy: flat })).toBeUndefined()
})

test('intervals are not idly wide: without noise they are those of the textbook', () => {
  const p = proportion({ x: 300, v: 0 }, { x: 1000, v: 0 })
  expect(p.hi - p.lo).toBeCloseTo(2 * 1.96 * Math.sqrt((0.3 * 0.7) / 1000), 3)
  const q = quantile(
    new Array(100).fill({ x: 100, v: 0 }),
    Array.from({ length: 101 }, (_, i) => i),
    0.5,
  )
  expect(q.value).toBeCloseTo(50, 6)
  expect(q.hi - q.lo).toBeCloseTo(100 * 2 * 1.96 * Math.sqrt(0.25 / 10000), 2)
  const [, second] = survival(
    [
      { events: { x: 10, v: 0 }, censored: { x: 0, v: 0 } },
      { events: { x: 9, v: 0 }, censored: { x: 81, v: 0 } },
    ],
    [1, 2],
  )
  expect(second?.survival.value).toBeCloseTo(0.9 * (1 - 9 / 49.5), 10)
})

test('pooling makes a sequence rise and leaves a rising one alone', () => {
  expect(monotone([0.1, 0.3, 0.2, 0.9])).toEqual([0.1, 0.25, 0.25, 0.9])
  expect(monotone([-1, 0.5, 2])).toEqual([0, 0.5, 1])
})
