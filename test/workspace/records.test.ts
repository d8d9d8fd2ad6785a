import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { frameTable } from '../../src/analysis/scripted/frame.ts'
import type { Dictionary } from '../../src/domain/dataset.ts'
import { frameStatement, recordsStatement } from '../../src/workspace/records.ts'
import { scriptEngine } from '../support/engine.ts'
import { scratch } from '../support/snapshot.ts'

const person = {
  name: 'person_id',
  type: 'integer',
  domain: { kind: 'person' },
  meaning: 'p',
} as const
const open = { kind: 'open' } as const
const seen: Dictionary = [
  {
    name: 'patient',
    meaning: 'one',
    rowsPerPerson: { kind: 'one' },
    columns: [
      person,
      { name: 'birth_date', type: 'date', domain: open, meaning: 'b' },
      { name: 'deceased', type: 'boolean', domain: open, meaning: 'd' },
    ],
  },
  {
    name: 'observation',
    meaning: 'many',
    rowsPerPerson: { kind: 'many', cap: 9 },
    columns: [
      person,
      { name: 'code', type: 'text', domain: open, meaning: 'c' },
      { name: 'value', type: 'decimal', domain: open, meaning: 'v' },
      { name: 'times', type: 'integer', domain: open, meaning: 't' },
    ],
  },
]

const workspace = (order: string): string[] => [
  `CREATE TABLE "ws"."main"."patient" AS SELECT i::INTEGER AS person_id, DATE '1950-02-03' + i::INTEGER AS birth_date, i % 2 = 0 AS deceased FROM range(3) t(i)`,
  `CREATE TABLE "ws"."main"."observation" AS SELECT * FROM (VALUES (7, 'b"\n\\', 0.1, 1), (1, 'x', NULL, NULL), (7, 'a', 'nan'::DOUBLE, 9007199254740991), (7, NULL, 1e-9, 0)) v(person_id, code, value, times) ORDER BY ${order}`,
]

async function linesOf(order: string, among = seen): Promise<string[]> {
  const file = join(scratch(), 'records.ndjson')
  await scriptEngine().script({
    statements: [`ATTACH ':memory:' AS ws`, ...workspace(order), recordsStatement(among, file)],
    read: [],
    write: [],
  })
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}

test('one line per person in the order of ordinals, every table a list, nothing but declared columns', async () => {
  const lines = await linesOf('code')
  expect(lines.map((it) => JSON.parse(it))).toEqual([
    {
      person: 0,
      records: { patient: [{ birth_date: '1950-02-03', deceased: true }], observation: [] },
    },
    {
      person: 1,
      records: {
        patient: [{ birth_date: '1950-02-04', deceased: false }],
        observation: [{ code: 'x', value: null, times: null }],
      },
    },
    {
      person: 2,
      records: { patient: [{ birth_date: '1950-02-05', deceased: true }], observation: [] },
    },
    {
      person: 7,
      records: {
        patient: [],
        observation: [
          { code: 'a', value: null, times: 9007199254740991 },
          { code: 'b"\n\\', value: 0.1, times: 1 },
          { code: null, value: 1e-9, times: 0 },
        ],
      },
    },
  ])
  for (const line of lines) expect(line).toMatch(/^\{"person":\d+,"records":\{.*\}\}$/)
})

test('the order of rows is made by their values, not by where they lie', async () => {
  expect(await linesOf('value DESC')).toEqual(await linesOf('code'))
})

test('who has no row in what is read is not asked about', async () => {
  const [, second] = seen
  const lines = await linesOf('code', second === undefined ? [] : [second])
  expect(lines.map((it) => JSON.parse(it).person)).toEqual([1, 7])
})

test('answers become the frame in their types, also where there are none', async () => {
  const frame = frameTable([
    {
      name: 'n',
      type: 'integer',
      domain: { kind: 'range', min: 0, max: 9, step: 1 },
      otherwise: 0,
    },
    {
      name: 'x',
      type: 'decimal',
      domain: { kind: 'range', min: 0, max: 9, step: 0.1 },
      otherwise: 0,
    },
    { name: 'b', type: 'boolean', domain: { kind: 'boolean' }, otherwise: null },
    {
      name: 'd',
      type: 'date',
      domain: { kind: 'dates', min: '2000-01-01', max: '2030-01-01' },
      otherwise: null,
    },
    { name: 't', type: 'text', domain: { kind: 'enum', values: ['a'] }, otherwise: null },
  ])
  const made = async (text: string) => {
    const file = join(scratch(), 'answers.ndjson')
    writeFileSync(file, text)
    const answers = await scriptEngine().script({
      statements: [
        `ATTACH ':memory:' AS ws`,
        frameStatement(frame, file),
        'SELECT * REPLACE (CAST(d AS VARCHAR) AS d) FROM ws.main.frame',
        `SELECT string_agg(data_type, ' ') FROM duckdb_columns() WHERE table_name = 'frame'`,
      ],
      read: [],
      write: [],
    })
    return answers.slice(2).map((it) => it.rows)
  }
  const types = [['INTEGER BIGINT DOUBLE BOOLEAN DATE VARCHAR']]
  const lines = [
    { person_id: 7, n: 3, x: 0.3, b: true, d: '2020-02-29', t: 'a' },
    { person_id: 1, n: null, x: null, b: null, d: null, t: null },
  ]
  expect(await made(lines.map((it) => `${JSON.stringify(it)}\n`).join(''))).toEqual([
    [
      [1, null, null, null, null, null],
      [7, 3n, 0.3, true, '2020-02-29', 'a'],
    ],
    types,
  ])
  expect(await made('')).toEqual([[], types])
})
