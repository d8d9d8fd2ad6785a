import { expect, test } from 'vitest'
import {
  bernoulliExp,
  discreteGaussian,
  discreteLaplace,
  uniformFrom,
} from '../../src/disclosure/gaussian.ts'
import { isqrt, rational } from '../../src/disclosure/rational.ts'
import { fastBytes, testNoise } from '../support/noise.ts'

/** P(chi2 with d degrees of freedom > x), Wilson and Hilferty. */
const chiSquareZ = (x: number, d: number): number =>
  (Math.cbrt(x / d) - (1 - 2 / (9 * d))) / Math.sqrt(2 / (9 * d))

/** Chi-square of whole-number draws against weights, tails pooled until each class expects at least 10. */
function chiSquare(draws: readonly number[], weight: (x: number) => number, reach: number): number {
  let all = 0
  for (let x = -reach; x <= reach; x += 1) all += weight(x)
  const seen = new Map<number, number>()
  for (const x of draws) seen.set(x, (seen.get(x) ?? 0) + 1)
  const classes: [expected: number, observed: number][] = [[0, 0]]
  for (let x = -reach; x <= reach; x += 1) {
    const last = classes.at(-1) as [number, number]
    last[0] += (draws.length * weight(x)) / all
    last[1] += seen.get(x) ?? 0
    if (last[0] >= 10) classes.push([0, 0])
  }
  const rest = classes.pop() as [number, number]
  const last = classes.at(-1) as [number, number]
  last[0] += rest[0]
  last[1] += rest[1]
  const x2 = classes.reduce((sum, [e, o]) => sum + (o - e) ** 2 / e, 0)
  return chiSquareZ(x2, classes.length - 1)
}

test('Bernoulli(exp(-p/q)) has its probability', () => {
  const uniform = uniformFrom(fastBytes(1))
  for (const [p, q] of [
    [0n, 1n],
    [1n, 3n],
    [1n, 1n],
    [7n, 3n],
  ] as const) {
    const n = 20_000
    let hits = 0
    for (let i = 0; i < n; i += 1) hits += bernoulliExp(p, q, uniform) ? 1 : 0
    const expected = Math.exp(-Number(p) / Number(q))
    expect(Math.abs(hits / n - expected)).toBeLessThan(
      4 * Math.sqrt((expected * (1 - expected)) / n) + 1e-9,
    )
  }
})

test('discrete Laplace fits its law', () => {
  const uniform = uniformFrom(fastBytes(2))
  const draws = Array.from({ length: 20_000 }, () => Number(discreteLaplace(3n, uniform)))
  expect(Math.abs(chiSquare(draws, (x) => Math.exp(-Math.abs(x) / 3), 200))).toBeLessThan(4)
})

test.each([0.25, 1, 2.5, 10, 40])('discrete Gaussian of variance %d fits its law', (variance) => {
  const uniform = uniformFrom(fastBytes(3))
  const v = rational(variance)
  const draws = Array.from({ length: 20_000 }, () => Number(discreteGaussian(v, uniform)))
  const reach = Math.ceil(12 * Math.sqrt(variance)) + 2
  const weight = (x: number): number => Math.exp((-x * x) / (2 * variance))
  expect(chiSquare(draws, weight, reach)).toBeLessThan(4)
  // moments: mean 0, variance as asked (below it for tiny variances), no skew
  let [m0, m2] = [0, 0]
  for (let x = -reach; x <= reach; x += 1) {
    m0 += weight(x)
    m2 += x * x * weight(x)
  }
  const mean = draws.reduce((a, b) => a + b, 0) / draws.length
  const second = draws.reduce((a, b) => a + b * b, 0) / draws.length
  expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(m2 / m0 / draws.length))
  expect(Math.abs(second / (m2 / m0) - 1)).toBeLessThan(4 * Math.sqrt(2.2 / draws.length) + 0.02)
  expect(m2 / m0).toBeLessThanOrEqual(variance + 1e-9)
})

test('a wrong law does not pass the chi-square', () => {
  const uniform = uniformFrom(fastBytes(4))
  const v = rational(11)
  const draws = Array.from({ length: 20_000 }, () => Number(discreteGaussian(v, uniform)))
  expect(chiSquare(draws, (x) => Math.exp((-x * x) / 20), 60)).toBeGreaterThan(4)
})

test('large lattice variances are exact too', () => {
  const uniform = uniformFrom(fastBytes(5))
  const v = rational(40 * 3000 ** 2 * 1.5)
  const draws = Array.from({ length: 4000 }, () => Number(discreteGaussian(v, uniform)))
  const second = draws.reduce((a, b) => a + b * b, 0) / draws.length
  expect(Math.abs(second / (40 * 3000 ** 2 * 1.5) - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000))
})

test('the same context draws the same noise, another context other noise', () => {
  const draw = (context: string): bigint[] => {
    const uniform = uniformFrom(testNoise()(context))
    return Array.from({ length: 50 }, () => discreteGaussian(rational(40), uniform))
  }
  expect(draw('a')).toEqual(draw('a'))
  expect(draw('a')).not.toEqual(draw('b'))
})

test('fractions and roots are exact', () => {
  expect(rational(2.5)).toEqual({ p: 5n, q: 2n })
  expect(rational(0.1).p * 10n).not.toBe(rational(0.1).q)
  expect([0n, 1n, 3n, 4n, 99n, 10n ** 40n].map(isqrt)).toEqual([0n, 1n, 1n, 2n, 9n, 10n ** 20n])
  expect(() => rational(0)).toThrow(RangeError)
  expect(() => rational(Number.NaN)).toThrow(RangeError)
})
