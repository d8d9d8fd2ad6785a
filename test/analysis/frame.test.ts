import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { type Framed, proveFrame } from '../../src/analysis/frame.ts'
import { checkPlan, type ProveOptions } from '../../src/analysis/prove.ts'
import { contribution, type GlmSpec } from '../../src/disclosure/reduce/glm.ts'
import type { Aggregate, Cell } from '../../src/domain/glass.ts'
import type { Proven } from '../../src/domain/proven.ts'
import type { ReducerSpec, Scale } from '../../src/domain/reducer.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { makeSplitTest, type SplitTest } from '../fuzz/split.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { macros } from '../spec/exact.ts'
import { specWorkspace } from '../spec/workspace.ts'
import { plainJail } from '../support/plain-jail.ts'
import { frameText, specs } from './frame-text.ts'

const engine = createEngine({
  jail: plainJail(),
  threads: 1,
  diagnose: (t) => console.log(t.slice(0, 500)),
})
let database = ''
let split: SplitTest
beforeAll(async () => {
  database = (await specWorkspace(engine)).whole
  split = await makeSplitTest(engine, 40)
}, 60_000)
afterAll(() => engine.close())

async function frame(
  spec: ReducerSpec,
  text = frameText,
  options: ProveOptions = {},
): Promise<Framed> {
  return proveFrame(await engine.parse(text), specDictionary, spec, { text, ...options })
}
const partsOf = (framed: Framed): readonly Proven[] =>
  framed.kind === 'parts' ? framed.parts.map((p) => p.proven) : [framed.proven]

async function ask(proven: Proven): Promise<Aggregate> {
  const rows = await engine.query({ database, sql: proven.sql, check: (p) => checkPlan(p, proven) })
  return toAggregate(rows, proven)
}

type Person = Readonly<Record<string, Cell>>
let persons: readonly Person[] = []
/** The frame as the researcher wrote it, run by DuckDB without any proof of ours. */
beforeAll(async () => {
  const before = [`ATTACH '${database}' AS ws (READ_ONLY)`, 'USE ws', ...macros]
  const answers = await engine.script({
    statements: [...before, frameText],
    read: [database],
    write: [],
  })
  const last = answers.at(-1)
  const plain = (c: Cell): Cell =>
    typeof c === 'bigint'
      ? Number(c)
      : typeof c === 'string' && /^-?\d+\.\d+$/.test(c)
        ? Number(c)
        : c
  persons = (last?.rows ?? []).map((r) =>
    Object.fromEntries((last?.columns ?? []).map((c, i) => [c, plain(r[i] ?? null)])),
  )
}, 60_000)

const num = (p: Person, name: string): number => Number(p[name])
const has =
  (...names: string[]) =>
  (p: Person) =>
    names.every((n) => p[n] !== null)
const add = (all: readonly Person[], of: (p: Person) => number): number =>
  all.reduce((t, p) => t + of(p), 0)

/** Each cell of the aggregate beside the persons of the frame with its labels. */
function cellsBeside(
  aggregate: Aggregate,
  names: readonly string[],
  of: readonly Person[],
): readonly (readonly [readonly number[], readonly Person[]])[] {
  const key = (labels: readonly Cell[]): string => JSON.stringify(labels)
  const groups = Map.groupBy(of, (p) => key(names.map((n) => p[n] ?? null)))
  expect(aggregate.cells.map((c) => key(c.labels)).toSorted()).toEqual(
    [...groups.keys()].toSorted(),
  )
  return aggregate.cells.map((c) => [c.sums.map(Number), groups.get(key(c.labels)) ?? []])
}
const first = async (spec: ReducerSpec | undefined): Promise<readonly [Proven, Aggregate]> => {
  const [proven] = partsOf(await frame(spec as ReducerSpec)) as [Proven]
  return [proven, await ask(proven)]
}

describe('the sums before noise are those of the frame as it was written', () => {
  test('the workspace has enough to be wrong about', () => {
    expect(persons.length).toBe(400)
    expect(persons.filter(has('hba1c', 'sex', 'visits')).length).toBeGreaterThan(150)
    expect(persons.filter((p) => p['hba1c'] === null).length).toBeGreaterThan(20)
  })
  test('count, series, quantile, flow, km: one count table each', async () => {
    for (const [name, labels] of [
      ['count', ['sex']],
      ['series', ['sex', 'period']],
      ['quantile', ['level_band']],
      ['flow', ['step']],
      ['km', ['sex', 'band', 'deceased']],
    ] as const) {
      const [proven, aggregate] = await first(specs[name])
      expect(proven.statistics).toHaveLength(1)
      for (const [sums, group] of cellsBeside(aggregate, labels, persons))
        expect(sums, name).toEqual([group.length])
    }
  })
  test('proportion', async () => {
    const [, aggregate] = await first(specs['proportion'])
    for (const [sums, group] of cellsBeside(aggregate, ['sex'], persons.filter(has('often'))))
      expect(sums).toEqual([group.length, add(group, (p) => Number(p['often']))])
  })
  test('rate, by person-time; and standardised', async () => {
    const [proven, aggregate] = await first(specs['rate'])
    const scale = proven.statistics[3]?.scale ?? 0
    for (const [sums, group] of cellsBeside(aggregate, ['region'], persons.filter(has('years')))) {
      const cases = group.filter((p) => num(p, 'emergencies') > 0)
      expect(sums.slice(0, 3)).toEqual([
        group.length,
        cases.length,
        add(group, (p) => num(p, 'emergencies')),
      ])
      expect((sums[3] ?? 0) / scale).toBeCloseTo(
        add(group, (p) => num(p, 'years')),
        3,
      )
    }
    const [std, strata] = await first(specs['std_rate'])
    // whether somebody died is a case and an event at once
    expect(std.statistics).toHaveLength(3)
    for (const [sums, group] of cellsBeside(
      strata,
      ['band'],
      persons.filter(has('years', 'deceased')),
    ))
      expect(sums.slice(0, 2)).toEqual([group.length, add(group, (p) => Number(p['deceased']))])
  })
  test('mean: sums from a public centre', async () => {
    const framed = await frame(specs['mean'] as ReducerSpec)
    const reducer = framed.kind === 'parts' ? framed.parts[0]?.reducer : undefined
    const centre = reducer?.kind === 'mean' ? reducer.centre : Number.NaN
    expect(centre).toBeCloseTo(9, 3)
    const [proven, aggregate] = await first(specs['mean'])
    const scale = proven.statistics.map((s) => s.scale)
    for (const [sums, group] of cellsBeside(aggregate, ['sex'], persons.filter(has('hba1c')))) {
      expect(sums[0]).toBe(group.length)
      expect((sums[1] ?? 0) / (scale[1] ?? 0)).toBeCloseTo(
        add(group, (p) => num(p, 'hba1c') - centre),
        2,
      )
      expect((sums[2] ?? 0) / (scale[2] ?? 0)).toBeCloseTo(
        add(group, (p) => (num(p, 'hba1c') - centre) ** 2),
        2,
      )
    }
  })
  test('table 1: a part for each column, charged together', async () => {
    const framed = await frame(specs['table1'] as ReducerSpec)
    if (framed.kind !== 'parts') throw new Error('table 1 has parts')
    expect(framed.parts.map((p) => p.reducer.kind)).toEqual([
      'table1-number',
      'table1-label',
      'table1-label',
      'table1-number',
    ])
    expect(framed.proven.statistics).toHaveLength(3 + 1 + 1 + 3)
    const age = await ask(framed.parts[0]?.proven as Proven)
    for (const [sums, group] of cellsBeside(age, ['region'], persons.filter(has('age'))))
      expect(sums).toEqual([
        group.length,
        add(group, (p) => num(p, 'age') - 61),
        add(group, (p) => (num(p, 'age') - 61) ** 2),
      ])
    const sex = await ask(framed.parts[1]?.proven as Proven)
    for (const [sums, group] of cellsBeside(sex, ['region', 'sex'], persons))
      expect(sums).toEqual([group.length])
  })
  test('linear: every product of terms and outcome on their public scales', async () => {
    const framed = await frame(specs['linear'] as ReducerSpec)
    const reducer = framed.kind === 'parts' ? framed.parts[0]?.reducer : undefined
    if (reducer?.kind !== 'linear') throw new Error('not linear')
    const [proven, aggregate] = await first(specs['linear'])
    const indexOf = (id: string): number => proven.statistics.findIndex((s) => s.id === id)
    const on = (p: Person, name: string, { middle, half }: Scale): number =>
      (num(p, name) - middle) / half
    const needed = persons.filter(has('hba1c', 'age', 'deceased'))
    for (const [sums, group] of cellsBeside(aggregate, ['region'], needed)) {
      const rows = group.map((p) => ({
        z: [
          1,
          ...['age', 'female', 'deceased'].map((n, i) =>
            on(p, n, reducer.units.terms[i + 1] as Scale),
          ),
        ],
        y: on(p, 'hba1c', reducer.units.outcome),
      }))
      const total = (of: (r: (typeof rows)[number]) => number): number =>
        rows.reduce((t, r) => t + of(r), 0)
      const upper = [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].slice(i).map((j) => [i, j] as const))
      const summed = (id: string): number => {
        const at = indexOf(id)
        return (sums[at] ?? 0) / (proven.statistics[at]?.scale ?? 0)
      }
      expect(summed(reducer.yy)).toBeCloseTo(
        total((r) => r.y ** 2),
        1,
      )
      upper.forEach(([i, j], c) => {
        expect(summed(reducer.xx[c] as string)).toBeCloseTo(
          total((r) => (r.z[i] ?? 0) * (r.z[j] ?? 0)),
          1,
        )
      })
      reducer.xy.forEach((id, i) => {
        expect(summed(id)).toBeCloseTo(
          total((r) => (r.z[i] ?? 0) * r.y),
          1,
        )
      })
    }
  })
  test.each(['logistic', 'poisson'] as const)(
    '%s: the contributions of glm.ts, to the bit',
    async (kind) => {
      const framed = await frame(specs[kind] as ReducerSpec)
      if (framed.kind !== 'model') throw new Error('not a model')
      const { reducer, proven } = framed
      const spec: GlmSpec = { ...reducer, family: kind, columns: reducer.terms, rho: 1 }
      const outcome = kind === 'logistic' ? 'often' : 'counted'
      const needed = persons.filter(has(outcome, 'age'))
      for (const beta of [
        [0, 0, 0],
        [-0.7, 1.3, 0.25],
        [2.5, -3.1, 4],
      ]) {
        const [cell] = (await ask({ ...proven, sql: framed.sqlAt(beta) })).cells
        const all = needed.map((p) => {
          const z = ['age', 'female'].map((n, i) => {
            const { middle, half } = reducer.units.terms[i + 1] as Scale
            return (num(p, n) - middle) * (1 / half)
          })
          return contribution(spec, [1, ...z], Number(p[outcome]), beta)
        })
        const total = (of: (c: (typeof all)[number]) => readonly bigint[]): bigint[] =>
          all.map((c) => [...of(c)]).reduce((t, c) => t.map((v, i) => v + (c[i] ?? 0n)))
        expect(cell?.sums).toEqual([
          BigInt(needed.length),
          ...total((c) => c.score),
          ...total((c) => c.information),
        ])
      }
    },
  )
})

test('every printing binds to the plan that was proven, and is person-local by the split test', {
  timeout: 120_000,
}, async () => {
  const proofs = (await Promise.all(Object.values(specs).map((s) => frame(s)))).flatMap((framed) =>
    framed.kind === 'parts'
      ? partsOf(framed)
      : [framed.proven, { ...framed.proven, sql: framed.sqlAt([0.5, -1, 2]) }],
  )
  for (const proven of proofs) checkPlan(await engine.plan(specDictionary, proven.sql), proven)
  expect((await split(proofs)).filter((n) => n > 0)).toEqual([])
})

test('each reducer costs what docs/sql.md says', async () => {
  const statistics: Readonly<Record<string, number>> = {
    ...{
      count: 1,
      proportion: 2,
      rate: 4,
      std_rate: 3,
      mean: 3,
      quantile: 1,
      table1: 8,
      series: 1,
    },
    ...{
      flow: 1,
      km: 1,
      linear: (4 * 7) / 2 + 1,
      logistic: (3 * 6) / 2 + 1,
      poisson: (3 * 6) / 2 + 1,
    },
  }
  for (const [kind, spec] of Object.entries(specs)) {
    const { proven } = await frame(spec)
    expect(proven.statistics.length, kind).toBe(statistics[kind])
    expect(proven.cellsPerPerson).toBe(1)
    expect(new Set(proven.statistics.map((s) => s.id)).size).toBe(proven.statistics.length)
  }
})

test('the canonical text tells reducers apart, and not their names', async () => {
  const canonical = async (s: ReducerSpec, text?: string) => (await frame(s, text)).proven.canonical
  const mean = specs['mean'] as ReducerSpec
  expect(await canonical(mean)).toBe(await canonical(mean))
  expect(await canonical({ kind: 'count', by: ['sex'] })).not.toBe(
    await canonical({ kind: 'flow', step: 'sex', steps: ['female', 'male'] }),
  )
  const q = (quantiles: number[]): ReducerSpec => ({
    kind: 'quantile',
    value: 'level_band',
    quantiles,
  })
  expect(await canonical(q([0.5]))).not.toBe(await canonical(q([0.25])))
  const terms: ReducerSpec = { kind: 'linear', outcome: 'hba1c', terms: ['age'] }
  const renamed = frameText.replace('AS age,', 'AS years_old,')
  expect(await canonical(terms)).toBe(await canonical({ ...terms, terms: ['years_old'] }, renamed))
})
