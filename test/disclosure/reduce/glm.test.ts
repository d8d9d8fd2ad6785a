import { expect, test } from 'vitest'
import { contribution, type GlmSpec, glm, type Oracle } from '../../../src/disclosure/reduce/glm.ts'
import { type Random, randomOf } from '../../attacks/world.ts'
import { testNoise } from '../../support/noise.ts'

type Frame = readonly Readonly<{ x: readonly number[]; y: number }>[]

const oracleOf =
  (spec: GlmSpec, frame: Frame): Oracle =>
  async (beta) => {
    const p = spec.columns.length
    const score = new Array<bigint>(p).fill(0n)
    const information = new Array<bigint>((p * (p + 1)) / 2).fill(0n)
    for (const { x, y } of frame) {
      const c = contribution(spec, x, y, beta)
      c.score.forEach((v, i) => {
        score[i] = (score[i] as bigint) + v
      })
      c.information.forEach((v, i) => {
        information[i] = (information[i] as bigint) + v
      })
    }
    return { score, information }
  }

const poissonDraw = (mean: number, r: Random): number => {
  let [k, p] = [0, Math.exp(-mean)]
  for (let u = r(), below = p; u > below && k < 50; below += p) {
    k += 1
    p *= mean / k
  }
  return k
}

const draw = (family: GlmSpec['family'], beta: readonly number[], n: number, r: Random): Frame =>
  Array.from({ length: n }, () => {
    const x = [1, 2 * r() - 1, r() < 0.4 ? 1 : 0]
    const linear = x.reduce((t, v, i) => t + v * (beta[i] as number), 0)
    const y =
      family === 'logistic'
        ? Number(r() < 1 / (1 + Math.exp(-linear)))
        : Math.min(6, poissonDraw(Math.exp(linear), r))
    return { x, y }
  })

const columns = ['one', 'age', 'treated']
const logistic: GlmSpec = {
  family: 'logistic',
  columns,
  clip: 1,
  peak: 1,
  scale: 1024,
  steps: 5,
  rho: 0.2,
}
const poisson: GlmSpec = {
  family: 'poisson',
  columns,
  clip: 4,
  peak: 2,
  scale: 1024,
  steps: 5,
  rho: 0.5,
}

/** Sixty repetitions here; EXAMPLES=500 plays as many as the issue asks for. */
const REPEATS = Number(process.env['EXAMPLES'] ?? 60)

test.each([
  [logistic, [-0.5, 1, 0.8], 2000],
  [poisson, [-1, 0.6, 0.5], 4000],
] as const)(
  '$family intervals hold the truth',
  async (spec, beta, n) => {
    const random = randomOf(99)
    let [inside, all] = [0, 0]
    for (let i = 0; i < REPEATS; i += 1) {
      const fit = await glm(
        spec,
        oracleOf(spec, draw(spec.family, beta, n, random)),
        testNoise(),
        `run ${i}`,
      )
      beta.forEach((b, j) => {
        all += 1
        const e = fit?.[j]
        inside += e && e.lo <= b && b <= e.hi ? 1 : 0
      })
    }
    expect(inside / all).toBeGreaterThanOrEqual(REPEATS < 500 ? 0.92 : 0.93)
  },
  60_000,
)

test('nobody contributes more than the noise is scaled to, whatever their record says', () => {
  const random = randomOf(5)
  const wild = () => (random() - 0.5) * 10 ** Math.floor(random() * 8)
  for (const spec of [logistic, poisson])
    for (let i = 0; i < 500; i += 1) {
      const c = contribution(
        spec,
        [1, wild(), wild()],
        wild(),
        [wild(), wild(), wild()].map((b) => Math.max(-50, Math.min(50, b))),
      )
      const norm = (v: readonly bigint[]): number => Math.hypot(...v.map(Number)) / spec.scale
      expect(norm(c.score)).toBeLessThanOrEqual(spec.clip * Math.sqrt(3) + 0.01)
      expect(norm(c.information)).toBeLessThanOrEqual(
        (spec.family === 'logistic' ? 0.25 : spec.peak) * 3 + 0.01,
      )
    }
})

test('the same run gives the same bytes; noise larger than the information gives no model', async () => {
  const frame = draw('logistic', [0, 1, 0], 500, randomOf(1))
  const again = () => glm(logistic, oracleOf(logistic, frame), testNoise(), 'q')
  expect(await again()).toEqual(await again())
  const few = frame.slice(0, 3)
  expect(
    await glm({ ...logistic, rho: 1e-4 }, oracleOf(logistic, few), testNoise(), 'q3'),
  ).toBeUndefined()
  await expect(
    glm({ ...logistic, steps: 1 }, oracleOf(logistic, frame), testNoise(), 'q'),
  ).rejects.toThrow(RangeError)
})
