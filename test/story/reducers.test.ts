import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import type { Table } from '../../src/cli/demo/story.ts'
import { digestOf } from '../../src/domain/digest.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { ReducerSpec } from '../../src/domain/reducer.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'
import { truth } from '../support/truth.ts'

const text = `WITH level AS (SELECT person_id, avg(clamp(value, 3, 15)) AS hba1c FROM observation WHERE code = '4548-4' GROUP BY person_id),
  ill AS (SELECT person_id, count(*) AS n, count_if(code = 'I10') > 0 AS pressure FROM condition GROUP BY person_id)
SELECT p.sex, age_at(p.birth_date, DATE '2025-12-31') AS age, bucket(age_at(p.birth_date, DATE '2025-12-31'), 20, 100, 10) AS band,
       coalesce(i.pressure, FALSE) AS hypertension, clamp(i.n, 0, 4) AS diagnoses, clamp(i.n, 0, 4) > 1 AS several,
       clamp(age_at(p.birth_date, DATE '2025-12-31'), 0, 100) AS years, clamp(age_at(p.birth_date, DATE '2025-12-31'), 20, 90) AS adult_age, l.hba1c, bucket(l.hba1c, 3, 15, 0.5) AS hba1c_band,
       CASE WHEN i.n IS NULL THEN 'registered' WHEN l.hba1c IS NULL THEN 'diagnosed' ELSE 'measured' END AS step
FROM patient p LEFT JOIN level l ON l.person_id = p.person_id LEFT JOIN ill i ON i.person_id = p.person_id
WHERE p.sex IN ('female', 'male')`

const reducers: readonly ReducerSpec[] = [
  { kind: 'count', by: ['sex'] },
  { kind: 'proportion', part: 'hypertension', by: ['sex'] },
  { kind: 'rate', events: 'diagnoses', time: 'years', per: 1000, by: ['sex'] },
  {
    kind: 'std_rate',
    events: 'hypertension',
    time: 'years',
    per: 1000,
    stratum: 'band',
    weights: [40, 50, 60, 70].map((value) => ({ value, weight: 1 })),
  },
  { kind: 'mean', value: 'hba1c' },
  { kind: 'quantile', value: 'hba1c_band', quantiles: [0.25, 0.5, 0.75] },
  { kind: 'table1', values: ['age', 'sex', 'hypertension'] },
  { kind: 'series', period: 'band' },
  { kind: 'flow', step: 'step', steps: ['registered', 'diagnosed', 'measured'] },
  { kind: 'km', time: 'band', event: 'hypertension' },
  { kind: 'linear', outcome: 'hba1c', terms: ['age', 'hypertension'] },
  // Bounds close to the values: with those of age_at (0 to 130) a Poisson model of these persons came out empty in 45 of
  // 200 noise keys, with these in none.
  { kind: 'logistic', outcome: 'hypertension', terms: ['adult_age'] },
  { kind: 'poisson', outcome: 'diagnoses', terms: ['adult_age'] },
]

type AnalysisView = Readonly<{
  id: string
  digest: string
  check: { rho: number; released: string[] }
}>
type RunView = Readonly<{ id: string; state: string; charged: number; meter: { spent: number } }>

let gateway: Gateway
beforeAll(async () => {
  gateway = await openGateway(['north'])
}, 120_000)
afterAll(() => gateway.close())

/** A permit of its own for each reducer: one budget does not hold them all. */
async function permitOf(): Promise<string> {
  const { researcher, officer } = gateway.by
  const { id } = await researcher.post<{ id: string }>('/applications', {
    ...research,
    data: { ...research.data, datasets: ['north'] },
  })
  const decided = await officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { analysisApproval: 'proven', rho: 1, variance: 10, k: 10 },
    },
  )
  return decided.decision.permit
}

const submit = (permit: string, reducer: ReducerSpec, variance = 10) =>
  gateway.by.researcher.post<AnalysisView>(`/permits/${permit}/analyses`, {
    name: reducer.kind,
    language: 'sql',
    text,
    reducer,
    variance,
  })
async function run(analysis: AnalysisView): Promise<RunView & Readonly<{ table: Table }>> {
  const api = gateway.by.researcher
  const asked = await api.post<RunView>(`/analyses/${analysis.id}/runs`, {
    dataset: 'north',
    purpose: 'scientific-research',
    digest: analysis.digest,
  })
  await settled(api, asked)
  const table = await api.get<Table>(`/runs/${asked.id}/output?purpose=scientific-research`)
  return { ...asked, table }
}
const tables = new Map<string, Table>()
/** The rows of a reducer as records. */
const rowsOf = (kind: string): readonly Readonly<Record<string, unknown>>[] => {
  const table = tables.get(kind)
  return (table?.rows ?? []).map((row) =>
    Object.fromEntries((table?.columns ?? []).map((c, i) => [c, row[i]])),
  )
}

test.each(reducers)(
  '$kind: proven, charged before, run, released',
  { timeout: 60_000 },
  async (reducer) => {
    const permit = await permitOf()
    const analysis = await submit(permit, reducer)
    expect(analysis.digest).toBe(digestOf({ text, reducer }))
    const done = await run(analysis)
    expect(done.charged).toBe(analysis.check.rho)
    expect(done.table.statement.rho).toBe(analysis.check.rho)
    expect(done.table.columns).toEqual(analysis.check.released)
    expect(done.table.rows.length).toBeGreaterThan(0)
    tables.set(reducer.kind, done.table)
    if (reducer.kind !== 'logistic' && reducer.kind !== 'table1') return
    // the same question once more: the same bytes, for nothing
    const again = await run(await submit(permit, reducer))
    expect(again.charged).toBe(0)
    expect(again.table.rows).toEqual(done.table.rows)
  },
)

describe('what came out lies about the truth', () => {
  const people = truth('north').filter((p) => ['female', 'male'].includes(p.sex))
  const near = (value: unknown, exact: number, within: number): void =>
    expect(Math.abs(Number(value) - exact)).toBeLessThan(within)

  test('persons, shares and means', () => {
    for (const { sex, estimate } of rowsOf('count'))
      near(estimate, people.filter((p) => p.sex === sex).length, 20)
    for (const { sex, estimate } of rowsOf('proportion')) {
      const all = people.filter((p) => p.sex === sex)
      near(estimate, all.filter((p) => p.codes.has('I10')).length / all.length, 0.05)
    }
    const measured = people.filter((p) => p.hba1c.length > 0)
    const levels = measured.map((p) => p.hba1c.reduce((a, b) => a + b, 0) / p.hba1c.length)
    const mean = levels.reduce((a, b) => a + b, 0) / levels.length
    near(rowsOf('mean')[0]?.['estimate'], mean, 0.4)
    near(
      rowsOf('quantile')[1]?.['estimate'],
      levels.toSorted((a, b) => a - b)[levels.length >> 1] ?? 0,
      0.8,
    )
    const flow = rowsOf('flow').map((r) => [r['of'], Number(r['estimate'])] as const)
    expect(flow.map(([of]) => of)).toEqual(['registered', 'diagnosed', 'measured'])
    near(flow[0]?.[1], people.length, 25)
  })
  test('table 1 has numbers and labels', () => {
    const rows = rowsOf('table1')
    const ages = people.flatMap((p) => (p.age === undefined ? [] : [p.age]))
    const mean = ages.reduce((a, b) => a + b, 0) / ages.length
    near(rows.find((r) => r['of'] === 'age' && r['measure'] === 'mean')?.['estimate'], mean, 2)
    const share = people.filter((p) => p.sex === 'female').length / people.length
    near(rows.find((r) => r['of'] === 'sex' && r['level'] === 'female')?.['estimate'], share, 0.03)
    expect(rows.filter((r) => r['of'] === 'hypertension').map((r) => r['level'])).toEqual([
      false,
      true,
    ])
  })
  test('every interval holds its estimate, and the models have their terms', () => {
    for (const [kind, table] of tables)
      for (const row of rowsOf(kind)) {
        expect(Number(row['lo95']), kind).toBeLessThanOrEqual(Number(row['estimate']))
        expect(Number(row['hi95']), kind).toBeGreaterThanOrEqual(Number(row['estimate']))
        expect(Number(row['persons'])).toBeGreaterThanOrEqual(table.statement.k)
      }
    expect(rowsOf('linear').map((r) => r['of'])).toEqual(['intercept', 'age', 'hypertension'])
    expect(rowsOf('logistic').map((r) => r['of'])).toEqual(['intercept', 'adult_age'])
    const age = rowsOf('logistic')[1]
    expect(Number(age?.['lo95'])).toBeLessThan(0.2)
    expect(Number(age?.['hi95'])).toBeGreaterThan(0)
  })
})

const problemOf = (step: Promise<unknown>): Promise<Problem> =>
  step.then(
    () => Promise.reject(new Error('it should have been refused')),
    (error: unknown) => (error instanceof Problem ? error : Promise.reject(error)),
  )

test('the digest of the text alone approves no reducer over it', async () => {
  const analysis = await submit(await permitOf(), reducers[0] as ReducerSpec)
  const problem = await problemOf(
    gateway.by.researcher.post(`/analyses/${analysis.id}/runs`, {
      dataset: 'north',
      purpose: 'scientific-research',
      digest: digestOf(text),
    }),
  )
  expect(problem.code).toBe('digest-mismatch')
})

test('a check names the price; exact models, and a reducer of another shape, are refused with their place', async () => {
  const permit = await permitOf()
  const check = (reducer: unknown) =>
    gateway.by.researcher.post<{ rho: number }>(`/permits/${permit}/checks`, {
      text,
      reducer,
      variance: 100,
    })
  expect((await check({ kind: 'linear', outcome: 'hba1c', terms: ['age'] })).rho).toBeCloseTo(
    6 / 100,
  )
  const exact = await problemOf(
    check({ kind: 'cox', time: 'band', event: 'hypertension', terms: [] }),
  )
  expect(exact.toJSON()).toMatchObject({ rule: 'reducer-needs-reviewed', place: '/reducer/kind' })
  const shape = await problemOf(check({ kind: 'mean', of: 'hba1c' }))
  expect(shape.code).toBe('invalid-input')
})

test('what is too much for the budget is refused before anything runs', async () => {
  const terms = ['age', 'hypertension', 'diagnoses']
  const analysis = await submit(await permitOf(), { kind: 'linear', outcome: 'hba1c', terms })
  const problem = await problemOf(run(analysis))
  expect(problem.code).toBe('budget-exhausted')
})
