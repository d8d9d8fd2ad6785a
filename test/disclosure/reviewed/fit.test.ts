import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findings } from '../../../src/disclosure/declared/checks.ts'
import { declaredTable, modelStatement } from '../../../src/disclosure/declared/table.ts'
import { type Frame, fitExact } from '../../../src/disclosure/reviewed/fit.ts'
import type { Cell } from '../../../src/domain/glass.ts'
import { randomOf } from '../../attacks/world.ts'
import { available } from '../../support/require.ts'
import { scratch } from '../../support/snapshot.ts'

const random = randomOf(77)
const rows = Array.from({ length: 600 }, (): Cell[] => {
  const region = ['east', 'north', 'west'][Math.floor(random() * 3)] as string
  const age = random() < 0.05 ? null : Math.round(20 + 60 * random())
  const risk = -3 + 0.04 * (age ?? 50) + (region === 'west' ? 0.6 : 0)
  const sick = random() < 1 / (1 + Math.exp(-risk))
  const days = 1 + Math.floor(-Math.log(1 - random()) * 200)
  return [region, age, sick, days, random() < 0.6]
})
const frame: Frame = { columns: ['region', 'age', 'sick', 'days', 'dead'], rows }

const rscript = (args: readonly string[], cwd?: string) =>
  spawnSync('Rscript', args, { encoding: 'utf8', ...(cwd && { cwd }) })
const hasR = available('r', rscript(['-e', 'library(survival)']).status === 0)

describe.skipIf(!hasR)('texts become indicators and missing values go, as in R', () => {
  test('glm and cox, to the three digits that leave', () => {
    const dir = scratch()
    const csv = rows.map((r) =>
      r.map((c) => (c === null ? 'NA' : Number.isNaN(Number(c)) ? c : Number(c))).join(),
    )
    writeFileSync(join(dir, 'd.csv'), ['region,age,sick,days,dead', ...csv].join('\n'))
    writeFileSync(
      join(dir, 'm.R'),
      `library(survival); d <- read.csv("d.csv", stringsAsFactors = TRUE)
       t <- glm.control(epsilon = 1e-14)
       out <- function(m) cat(signif(c(t(m)), 3), "\\n")
       out(summary(glm(sick ~ region + age, binomial, d, control = t))$coefficients[, 1:2])
       out(summary(coxph(Surv(days, dead) ~ region + age, d))$coefficients[, c(1, 3)])`,
    )
    const { stdout, stderr } = rscript(['m.R'], dir)
    const theirs = stdout
      .trim()
      .split('\n')
      .map((l) => l.trim().split(/\s+/).map(Number))
    expect(stderr).toBe('')
    const ours = (
      [
        { kind: 'glm', family: 'logistic', outcome: 'sick', terms: ['region', 'age'] },
        { kind: 'cox', time: 'days', event: 'dead', terms: ['region', 'age'] },
      ] as const
    ).map((spec) => declaredTable(fitExact(spec, frame, { k: 10 }), modelStatement(10)))
    expect(ours[0]?.rows.map((r) => r[0])).toEqual([
      '(Intercept)',
      'region=north',
      'region=west',
      'age',
    ])
    expect(ours.map((o) => o.rows.flatMap((r) => [r[1], r[2]]))).toEqual(theirs)
  })
})

test('an indicator of one person is found, however many degrees of freedom are left', () => {
  const marked = { columns: [...frame.columns, 'him'], rows: rows.map((r, i) => [...r, i === 7]) }
  const spec = { kind: 'glm', family: 'gaussian', outcome: 'days', terms: ['him'] } as const
  const found = findings(fitExact(spec, marked, { k: 10 }), { k: 10 }).map(
    (f) => `${f.check} ${f.place}`,
  )
  expect(found).toEqual(['leverage model', 'sides term 2'])
})

test('an outcome that hardly anybody has is found', () => {
  const rare = { columns: [...frame.columns, 'rare'], rows: rows.map((r, i) => [...r, i < 5]) }
  const spec = { kind: 'glm', family: 'logistic', outcome: 'rare', terms: ['region'] } as const
  expect(findings(fitExact(spec, rare, { k: 10 }), { k: 10 }).map((f) => f.place)).toContain(
    'outcome',
  )
})

test('a curve has a point after k events, while k are at risk', () => {
  const spec = { kind: 'km', time: 'days', event: 'dead', by: ['region'] } as const
  const out = fitExact(spec, frame, { k: 10 })
  if (out.kind !== 'figure') throw new Error('a curve is a figure')
  for (const series of ['east', 'north', 'west']) {
    const points = out.value.points.filter((p) => p.series === series)
    const events = rows.filter((r) => r[0] === series && r[4] === true).length
    expect(points.length).toBeGreaterThan(3)
    expect(points.length).toBeLessThanOrEqual(events / 10)
    expect(points.every((p, i) => i === 0 || p.y < (points[i - 1]?.y as number))).toBe(true)
    for (const p of points)
      expect(p.persons).toBe(
        rows.filter((r) => r[0] === series && Number(r[3]) >= Number(p.x)).length,
      )
  }
  expect(findings(out, { k: 10 })).toEqual([])
})

test('a term that the frame does not have is refused', () => {
  expect(() =>
    fitExact({ kind: 'cox', time: 'days', event: 'dead', terms: ['x'] }, frame, { k: 10 }),
  ).toThrow(RangeError)
})
