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
import { refusal } from './support.ts'

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

const frameText = `WITH visits AS (
  SELECT person_id, count(*) AS n, count(*) FILTER (WHERE encounter_class = 'EMER') AS emergencies FROM encounter GROUP BY person_id
), hba1c AS (SELECT person_id, avg(clamp(value, 3, 15)) AS level FROM observation WHERE code = '4548-4' GROUP BY person_id)
SELECT p.sex, p.deceased, p.region,
       2026 - p.birth_year AS age, bucket(2026 - p.birth_year, 20, 100, 10) AS band,
       clamp(v.emergencies, 0, 4) AS emergencies, clamp(v.n, 0, 20) / 4 AS years, v.n > 4 AS often,
       h.level AS hba1c, bucket(h.level, 3, 15, 0.5) AS level_band,
       CASE WHEN p.sex = 'female' THEN 1 ELSE 0 END AS female, p.birth_year AS period,
       CASE WHEN h.level IS NULL THEN 'known' WHEN p.deceased THEN 'measured' ELSE 'complete' END AS step,
       clamp(v.n, 0, 6) AS counted, v.n AS visits
FROM patient p LEFT JOIN visits v ON v.person_id = p.person_id LEFT JOIN hba1c h ON h.person_id = p.person_id`

const specs: Readonly<Record<string, ReducerSpec>> = {
  count: { kind: 'count', by: ['sex'] },
  proportion: { kind: 'proportion', part: 'often', by: ['sex'] },
  rate: { kind: 'rate', events: 'emergencies', time: 'years', per: 1000, by: ['region'] },
  std_rate: {
    kind: 'std_rate',
    events: 'deceased',
    time: 'years',
    per: 100,
    stratum: 'band',
    weights: [
      { value: 20, weight: 2 },
      { value: 30, weight: 1 },
    ],
  },
  mean: { kind: 'mean', value: 'hba1c', by: ['sex'] },
  quantile: { kind: 'quantile', value: 'level_band', quantiles: [0.25, 0.5, 0.75] },
  table1: { kind: 'table1', values: ['age', 'sex', 'deceased', 'hba1c'], by: ['region'] },
  series: { kind: 'series', period: 'period', by: ['sex'] },
  flow: { kind: 'flow', step: 'step', steps: ['known', 'measured', 'complete'] },
  km: { kind: 'km', time: 'band', event: 'deceased', by: ['sex'] },
  linear: {
    kind: 'linear',
    outcome: 'hba1c',
    terms: ['age', 'female', 'deceased'],
    by: ['region'],
  },
  logistic: { kind: 'logistic', outcome: 'often', terms: ['age', 'female'] },
  poisson: { kind: 'poisson', outcome: 'counted', terms: ['age', 'female'] },
}

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

describe('refusals', () => {
  const base = 'SELECT sex, birth_year, deceased, region, birth_date FROM patient'
  const cases: readonly (readonly [string, ReducerSpec, string, string, string?])[] = [
    ['several rows', { kind: 'count' }, 'frame-needs-one-row', '1:8', 'SELECT code FROM condition'],
    ['nobody', { kind: 'count' }, 'release-about-nobody', '1:1', 'SELECT 1 AS one'],
    [
      'a released SELECT',
      { kind: 'count' },
      'group-needs-person-key',
      '1:8',
      'SELECT sex, count(*) AS n FROM patient GROUP BY sex',
    ],
    ['LIMIT', { kind: 'count' }, 'limit-on-persons', '1:8', 'SELECT sex FROM patient LIMIT 5'],
    [
      'an unknown column',
      { kind: 'mean', value: 'weight' },
      'reducer-column-unknown',
      '/reducer/value',
    ],
    ['a text as number', { kind: 'mean', value: 'sex' }, 'reducer-column-type', '/reducer/value'],
    [
      'no bounds',
      { kind: 'mean', value: 'level' },
      'sum-unbounded',
      '/reducer/value',
      'SELECT p.sex, (SELECT max(o.value) FROM observation o WHERE o.person_id = p.person_id) AS level FROM patient p',
    ],
    ['an open label', { kind: 'count', by: ['birth_date'] }, 'label-open', '/reducer/by/0'],
    [
      'the key',
      { kind: 'count', by: ['person_id'] },
      'key-unusable',
      '/reducer/by/0',
      'SELECT person_id FROM patient',
    ],
    ['no condition', { kind: 'proportion', part: 'sex' }, 'reducer-column-type', '/reducer/part'],
    [
      'no grid',
      { kind: 'quantile', value: 'sex', quantiles: [0.5] },
      'reducer-grid',
      '/reducer/value',
    ],
    [
      'a quantile of 1',
      { kind: 'quantile', value: 'birth_year', quantiles: [1] },
      'reducer-invalid',
      '/reducer/quantiles',
    ],
    [
      'an unknown step',
      { kind: 'flow', step: 'region', steps: ['moon'] },
      'reducer-invalid',
      '/reducer/steps/0',
    ],
    [
      'a weight of nobody',
      {
        kind: 'std_rate',
        events: 'deceased',
        time: 'birth_year',
        per: 1,
        stratum: 'region',
        weights: [{ value: 'moon', weight: 1 }],
      },
      'reducer-invalid',
      '/reducer/weights/0/value',
    ],
    ['a label twice', { kind: 'count', by: ['sex', 'SEX'] }, 'reducer-invalid', '/reducer/by'],
    [
      'a label named as a column of the result',
      { kind: 'count', by: ['of'] },
      'release-duplicate-name',
      '/reducer',
      'SELECT sex AS "of" FROM patient',
    ],
    [
      'groups of a model',
      { kind: 'logistic', outcome: 'deceased', terms: [], by: ['sex'] },
      'reducer-by',
      '/reducer/by',
    ],
    [
      'a constant term',
      { kind: 'linear', outcome: 'birth_year', terms: ['one'] },
      'reducer-invalid',
      '/reducer/terms/0',
      'SELECT birth_year, 1 AS one FROM patient',
    ],
    [
      'an outcome that is no count',
      { kind: 'poisson', outcome: 'level', terms: [] },
      'reducer-column-type',
      '/reducer/outcome',
      'SELECT birth_year / 7 AS level FROM patient',
    ],
    [
      'too many cells',
      { kind: 'series', period: 'birth_year', by: ['year2', 'sex'] },
      'labels-too-many',
      '/reducer',
      'SELECT sex, birth_year, birth_year + 1 AS year2 FROM patient',
    ],
    [
      'an exact model',
      { kind: 'glm', family: 'gaussian', outcome: 'birth_year', terms: [] },
      'reducer-needs-reviewed',
      '/reducer/kind',
    ],
    [
      'a Cox model',
      { kind: 'cox', time: 'birth_year', event: 'deceased', terms: [] },
      'reducer-needs-reviewed',
      '/reducer/kind',
    ],
  ]
  test.each(cases.map(([what, spec, rule, place, text]) => ({ what, spec, rule, place, text })))(
    '$what',
    async ({ spec, rule, place, text = base }) => {
      const problem = await refusal(frame(spec, text))
      expect(problem.toJSON()).toMatchObject({ rule, place })
      expect(String(problem.toJSON()['fix']).length).toBeGreaterThan(9)
    },
  )
})
