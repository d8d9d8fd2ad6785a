import { expect, test } from 'vitest'
import { findings } from '../../../src/disclosure/declared/checks.ts'
import { type Declared, readAll, readDeclared } from '../../../src/disclosure/declared/declared.ts'
import { declaredTable, scriptStatement } from '../../../src/disclosure/declared/table.ts'
import { Problem } from '../../../src/domain/problem.ts'
import type { DeclaredModel, DeclaredTable } from '../../../src/domain/script.ts'

const table = (rows: DeclaredTable['rows'], labels = ['sex', 'stage']): Declared => ({
  kind: 'table',
  value: { labels, values: ['mean'], rows },
})
const row = (a: string, b: string, persons: number, top?: [number, number]) => ({
  labels: [a, b],
  values: [7.123456],
  persons,
  ...(top && { top }),
})
const clean = [row('f', 'I', 40), row('f', 'II', 30), row('m', 'I', 20), row('m', 'II', 25)]
const said = (output: Declared) =>
  findings(output, { k: 10 }).map((f) => `${f.check} ${f.place} ${f.verdict}`)

test('a clean table has no findings; each check finds its own', () => {
  expect(said(table(clean))).toEqual([])
  expect(said(table([...clean, row('m', 'III', 9), row('f', 'III', 12)]))).toEqual([
    'threshold row 5 fail',
  ])
  expect(said(table([...clean, row('m', 'III', 0), row('f', 'III', 12)]))).toEqual([
    'zeros row 5 review',
    'class-disclosure row 5 fail',
  ])
  expect(said(table([row('f', 'I', 40, [0.3, 0.2]), ...clean.slice(1)]))).toEqual([])
  expect(said(table([row('f', 'I', 40, [0.6, 0.35]), ...clean.slice(1)]))).toEqual([
    'dominance row 1 fail',
  ])
  expect(said(table([row('f', 'I', 40, [0.88, 0.01]), ...clean.slice(1)]))).toEqual([])
  expect(said(table([row('f', 'I', 40, [0.9, 0.05]), ...clean.slice(1)]))).toEqual([
    'dominance row 1 fail',
  ])
})

test('a whole group in one class is found along every label', () => {
  const found = said(
    table([row('f', 'I', 40), row('f', 'II', 0), row('m', 'I', 20), row('m', 'II', 25)]),
  )
  expect(found).toContain('class-disclosure row 1 fail')
})

const model = (change: Partial<DeclaredModel>): Declared => ({
  kind: 'model',
  value: {
    terms: [
      { term: 'age', estimate: 0.123456, se: 0.01 },
      { term: 'smoker', estimate: 1, se: 0.1, persons: 40 },
    ],
    persons: 500,
    parameters: 3,
    leverage: 0.02,
    ...change,
  },
})
test('models are judged by persons, degrees of freedom, sides and leverage', () => {
  expect(said(model({}))).toEqual([])
  expect(said(model({ persons: 9, parameters: 2 }))).toEqual([
    'threshold model fail',
    'residual-df model fail',
  ])
  expect(said(model({ leverage: 0.5 }))).toEqual(['leverage model fail'])
  expect(said(model({ terms: [{ term: 'x', estimate: 1, se: 1, persons: 1 }] }))).toEqual([
    'sides term 1 fail',
  ])
})

test('what leaves has three significant digits, its persons and no bound', () => {
  const out = declaredTable(table(clean), scriptStatement(10))
  expect(out.columns).toEqual(['sex', 'stage', 'mean', 'persons'])
  expect(out.rows[0]).toEqual(['f', 'I', 7.12, 40])
  expect(out.statement).toMatchObject({ profile: 'reviewed', worstCaseAdvantage: 1 })
  expect(declaredTable(model({}), scriptStatement(10)).rows[0]).toEqual(['age', 0.123, 0.01, 500])
})

const declared = { name: 'main', kind: 'table', meaning: 'Mean by sex' } as const
test.each([
  ['another kind', { terms: [] }],
  ['a free field', { labels: [], values: ['n'], rows: [], note: 'x' }],
  [
    'a row of another length',
    { labels: ['a'], values: ['n'], rows: [{ labels: [], values: [1], persons: 3 }] },
  ],
  [
    'two rows of one cell',
    {
      labels: [],
      values: ['n'],
      rows: [
        { labels: [], values: [1], persons: 3 },
        { labels: [], values: [2], persons: 3 },
      ],
    },
  ],
  [
    'persons that are no count',
    { labels: [], values: ['n'], rows: [{ labels: [], values: [1], persons: -1 }] },
  ],
  [
    'a long text',
    { labels: [], values: ['n'], rows: [{ labels: [], values: ['x'.repeat(101)], persons: 3 }] },
  ],
])('%s is refused without a word of it', (_, answer) => {
  let thrown: unknown
  try {
    readDeclared(declared, answer)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(Problem)
  expect((thrown as Problem).facts).toEqual({ rule: 'output-shape', place: 'output/main' })
})

test('all that was declared, and nothing else', () => {
  const answer = { labels: [], values: ['n'], rows: [] }
  expect(readAll([declared], { main: answer })).toHaveLength(1)
  expect(() => readAll([declared], {})).toThrow(Problem)
  expect(() => readAll([declared], { main: answer, more: answer })).toThrow(Problem)
  expect(() => readAll([{ ...declared, name: 'toString' }], {})).toThrow(Problem)
})

test('rows, terms and points come in an order of ours', () => {
  const rows = [3, 1, 10, 2].map((n) => ({ labels: ['a', n], values: [n], persons: 20 }))
  const read = readDeclared(declared, { labels: ['x', 'n'], values: ['v'], rows })
  expect(read.kind === 'table' && read.value.rows.map((r) => r.labels[1])).toEqual([1, 2, 3, 10])
  const points = ['b', 'a'].map((series) => ({ series, x: null, y: 1, persons: 20 }))
  const figure = readDeclared({ ...declared, kind: 'figure' }, { x: 'x', y: 'y', points })
  expect(figure.kind === 'figure' && figure.value.points.map((p) => p.series)).toEqual(['a', 'b'])
})
