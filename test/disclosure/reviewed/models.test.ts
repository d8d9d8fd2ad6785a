import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exactCox, exactGlm, exactKm, sidesOf } from '../../../src/disclosure/reviewed/models.ts'
import { randomOf } from '../../attacks/world.ts'
import { available } from '../../support/require.ts'
import { scratch } from '../../support/snapshot.ts'

const random = randomOf(2024)
const people = Array.from({ length: 400 }, () => {
  const [age, treated] = [Math.round(20 + 60 * random()), random() < 0.4 ? 1 : 0]
  const linear = -2 + 0.03 * age + 0.5 * treated
  // whole months, so that there are ties
  const time = 1 + Math.floor((-Math.log(1 - random()) / Math.exp(linear - 2)) % 48)
  return {
    age,
    treated,
    sick: random() < 1 / (1 + Math.exp(-linear)) ? 1 : 0,
    visits: Math.floor(random() * 3 * Math.exp(linear / 3)),
    value: 50 + 0.2 * age - 3 * treated + 8 * (random() - 0.5),
    time,
    event: random() < 0.7,
  }
})
const x = people.map((p) => [1, p.age, p.treated])

const script = `
library(survival)
# R stops its iteration early by default and then prints errors of the step before: here it goes on
tight <- glm.control(epsilon = 1e-14, maxit = 100)
d <- read.csv("people.csv")
out <- function(m) cat(format(m, digits = 10, scientific = TRUE, trim = TRUE), "\\n")
out(t(summary(glm(sick ~ age + treated, binomial, d, control = tight))$coefficients[, 1:2]))
out(t(summary(glm(visits ~ age + treated, poisson, d, control = tight))$coefficients[, 1:2]))
out(t(summary(glm(value ~ age + treated, gaussian, d))$coefficients[, 1:2]))
out(t(summary(coxph(Surv(time, event) ~ age + treated, d))$coefficients[, c(1, 3)]))
s <- summary(survfit(Surv(time, event) ~ 1, d))
out(rbind(s$time, s$surv, s$std.err))
out(max(hatvalues(glm(sick ~ age + treated, binomial, d))))
`
const rscript = (args: readonly string[]) => spawnSync('Rscript', args, { encoding: 'utf8' })
const hasR = available('r', rscript(['-e', 'library(survival)']).status === 0)

function askR(): number[][] {
  const dir = scratch()
  const rows = people.map((p) =>
    [p.age, p.treated, p.sick, p.visits, p.value, p.time, Number(p.event)].join(),
  )
  writeFileSync(
    join(dir, 'people.csv'),
    ['age,treated,sick,visits,value,time,event', ...rows].join('\n'),
  )
  writeFileSync(join(dir, 'models.R'), script)
  const { stdout, status, stderr } = spawnSync('Rscript', ['models.R'], {
    cwd: dir,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
}

describe.skipIf(!hasR)("equal to R's glm and survival to the printed digits", () => {
  const r = hasR ? askR() : []
  const same = (ours: readonly { value: number; se: number }[], theirs: readonly number[]) =>
    ours
      .flatMap((c) => [c.value, c.se])
      .forEach((v, i) => {
        // seven significant digits, as R prints
        expect(Math.abs(v / (theirs[i] as number) - 1)).toBeLessThan(5e-7)
      })

  test.each([
    ['logistic', 'sick', 0],
    ['poisson', 'visits', 1],
    ['gaussian', 'value', 2],
  ] as const)('%s', (family, outcome, line) => {
    const y = people.map((p) => p[outcome])
    const { coefficients, evidence } = exactGlm(family, x, y)
    same(coefficients, r[line] as number[])
    if (family === 'logistic') expect(evidence.leverage).toBeCloseTo(r[5]?.[0] as number, 6)
  })

  test('cox with ties', () => {
    const fit = exactCox(
      people.map((p) => ({ time: p.time, event: p.event, x: [p.age, p.treated] })),
    )
    same(fit.coefficients, r[3] as number[])
  })

  test('kaplan and meier with greenwood', () => {
    exactKm(people)
      .flatMap((k) => [k.time, k.survival, k.se])
      .forEach((v, i) => {
        expect(v).toBeCloseTo(r[4]?.[i] as number, 7)
      })
  })
})

test('evidence sees a dummy for one person', () => {
  const dummy = people.map((p, i) => [1, p.age, i === 7 ? 1 : 0])
  const { evidence } = exactGlm(
    'gaussian',
    dummy,
    people.map((p) => p.value),
  )
  expect(evidence.sides).toBe(1)
  expect(evidence.leverage).toBeCloseTo(1, 9)
  expect(
    exactGlm(
      'gaussian',
      x,
      people.map((p) => p.value),
    ).evidence.leverage,
  ).toBeLessThan(0.1)
  expect(sidesOf([[1, 1, 1]])).toBe(0)
})

test('collinear columns and separation are named, never a number', () => {
  expect(() =>
    exactGlm(
      'gaussian',
      people.map((p) => [1, p.age, 2 * p.age]),
      people.map((p) => p.value),
    ),
  ).toThrow(RangeError)
  expect(() =>
    exactGlm(
      'logistic',
      people.map((p) => [1, p.treated]),
      people.map((p) => p.treated),
    ),
  ).toThrow(RangeError)
})
