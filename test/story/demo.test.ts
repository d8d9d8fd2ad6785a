import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Demo, play, summary } from '../../src/cli/demo/demo.ts'
import type { Table } from '../../src/cli/demo/story.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'
import { type TruePerson, truth } from '../support/truth.ts'

let gateway: Gateway
let demo: Demo
const said: string[] = []
const heard: string[] = []

beforeAll(async () => {
  gateway = await openGateway()
  demo = await play(
    gateway.composed,
    gateway.url,
    (line) => said.push(line),
    () => () => undefined,
    async (url, init) => {
      const response = await fetch(url, init)
      const headers = JSON.stringify([...response.headers])
      heard.push(`${headers}\n${await response.clone().text()}`)
      return response
    },
  )
}, 120_000)
afterAll(() => gateway.close())

const band = (age: number): number | undefined =>
  age < 20 || age >= 90 ? undefined : Math.floor(age / 10) * 10

type Expected = Readonly<{ persons: number; contributing: number; value: number }>
/** The exact cells of a demo table, by label, per value column. */
const expected: Readonly<
  Record<string, (people: readonly TruePerson[]) => Map<string, Record<string, Expected>>>
> = {
  'Prevalence of hypertension by sex and age': (people) =>
    bySexAndAge(people, 'with_hypertension', (it) => it.codes.has('I10')),
  'Statins by sex and age': (people) =>
    bySexAndAge(
      people,
      'on_statin',
      (it) => it.medicines.has('C10AA01') || it.medicines.has('C10AA05'),
    ),
  'HbA1c in diabetes by medicine': (people) => {
    const cells = new Map<string, Record<string, Expected>>()
    const diabetic = people.filter((it) => it.codes.has('E11.9') && it.hba1c.length > 0)
    for (const [medicine, group] of Map.groupBy(diabetic, medicineOf)) {
      const means = group.map((it) => it.hba1c.reduce((a, b) => a + b, 0) / it.hba1c.length)
      const mean = means.reduce((a, b) => a + b, 0) / means.length
      cells.set(JSON.stringify([medicine]), {
        persons: { persons: group.length, contributing: group.length, value: group.length },
        mean_hba1c: { persons: group.length, contributing: group.length, value: mean },
      })
    }
    return cells
  },
}

const medicineOf = (it: TruePerson): string =>
  it.medicines.has('A10BA02') ? 'metformin' : 'other or none'

function bySexAndAge(
  people: readonly TruePerson[],
  column: string,
  has: (it: TruePerson) => boolean,
) {
  const cells = new Map<string, Record<string, Expected>>()
  const known = people.filter((it) => ['female', 'male'].includes(it.sex) && it.age !== undefined)
  const key = (it: TruePerson): string => JSON.stringify([it.sex, band(it.age ?? 0)])
  for (const [label, group] of Map.groupBy(known, key)) {
    const n = group.length
    const m = group.filter(has).length
    cells.set(label, {
      persons: { persons: n, contributing: n, value: n },
      [column]: { persons: n, contributing: m, value: m },
      prevalence: { persons: n, contributing: m, value: m / n },
    })
  }
  return cells
}

/** 5 standard deviations and the rounding: of a count, of a share, of a mean of values between 4 and 14. */
function tolerance(column: string, table: Table, n: number): number {
  const variance = 20
  const sd = Math.sqrt(variance)
  if (column === 'prevalence') return (5 * sd * 1.5) / n + 0.01
  if (column === 'mean_hba1c') return (5 * sd * 14 * 1.5) / n + 0.1
  return 5 * sd + table.statement.rounding
}

describe('the released tables beside the truth', () => {
  test('at least two tables of at least six rows, and four refusals', () => {
    expect(
      demo.told.released.filter(({ table }) => table.rows.length >= 6).length,
    ).toBeGreaterThanOrEqual(2)
    expect(demo.told.refused.length).toBeGreaterThanOrEqual(4)
  })

  test('every cell has k contributing persons and lies within its error; some differ from the truth', () => {
    const people = truth('north')
    let compared = 0
    let different = 0
    for (const { name, table } of demo.told.released) {
      const cells = expected[name]?.(people)
      const values = table.columns.flatMap((column, i) =>
        ['sex', 'age_from', 'medicine'].includes(column) ? [] : [[column, i] as const],
      )
      const labels = table.columns.flatMap((column, i) =>
        ['sex', 'age_from', 'medicine'].includes(column) ? [i] : [],
      )
      for (const row of table.rows) {
        const cell = cells?.get(JSON.stringify(labels.map((i) => row[i])))
        expect(cell, `${name} ${JSON.stringify(row)}`).toBeDefined()
        for (const [column, i] of values) {
          const shown = row[i]
          if (shown === null || shown === undefined) continue
          const exact = cell?.[column]
          if (exact === undefined) throw new Error(`no truth for ${column}`)
          expect(exact.contributing).toBeGreaterThanOrEqual(demo.told.permit.k)
          const error = Math.abs(Number(shown) - exact.value)
          expect(error, `${name} ${column} ${shown} of ${exact.value}`).toBeLessThanOrEqual(
            tolerance(column, table, exact.persons),
          )
          compared++
          if (error > 0) different++
        }
      }
    }
    expect(compared).toBeGreaterThan(20)
    expect(different).toBeGreaterThan(5)
  })
})

describe('canaries', () => {
  const canaries = Object.values(
    JSON.parse(readFileSync('fhir-fixtures/canaries.json', 'utf8')) as Record<string, string[]>,
  ).flat()
  const grep = (text: string): string[] => canaries.filter((it) => text.includes(it))

  test('the grep finds every canary in the raw exports', () => {
    const raw = ['north', 'east']
      .flatMap((it) =>
        readdirSync(join('fhir-fixtures', it)).map((file) => join('fhir-fixtures', it, file)),
      )
      .map((file) => readFileSync(file, 'latin1'))
      .join('\n')
    expect(canaries.length).toBeGreaterThan(10)
    expect(grep(raw)).toEqual(canaries)
  })

  test('none is in an answer, a header, a log line, an event or what the demo says', async () => {
    expect(heard.length).toBeGreaterThan(20)
    const events = await gateway.composed.house.store.events({ limit: 1000 })
    expect(grep(heard.join('\n'))).toEqual([])
    expect(grep(gateway.lines.join('\n'))).toEqual([])
    expect(grep(JSON.stringify(events))).toEqual([])
    expect(grep([...said, JSON.stringify(summary(demo))].join('\n'))).toEqual([])
  })
})

test('the log verifies, and says every step', async () => {
  expect(demo.log.verified).toBe(true)
  const types = new Set(
    (await gateway.composed.house.store.events({ limit: 1000 })).items.map((it) => it.type),
  )
  for (const type of [
    'dataset-loaded',
    'application-submitted',
    'permit-issued',
    'analysis-approved',
    'run-requested',
    'budget-charged',
    'output-released',
    'output-read',
    'step-refused',
  ])
    expect(types).toContain(type)
})

test('a permit is a signed document of the published schema', async () => {
  const { z } = await import('zod')
  const { decodeJwt, createLocalJWKSet, compactVerify } = await import('jose')
  const { permitDocument } = await import('../../src/http/answer.ts')
  const { items } = await gateway.by.officer.get<{ items: { id: string }[] }>('/permits')
  const jws = await gateway.by.officer.get<string>(`/permits/${items[0]?.id}/jws`)
  const keys = await gateway.composed.house.keys.publicJwks()
  await compactVerify(jws, createLocalJWKSet(keys as never))
  expect(permitDocument.parse(decodeJwt(jws))).toMatchObject({ id: items[0]?.id })
  expect(z.toJSONSchema(permitDocument)).toHaveProperty(
    '$defs.PermitDocument.properties.conditions',
  )
})
