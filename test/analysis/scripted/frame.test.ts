import { expect, test } from 'vitest'
import { conform, fieldsProblem, frameTable } from '../../../src/analysis/scripted/frame.ts'
import type { Field } from '../../../src/domain/script.ts'

const score: Field = {
  name: 'score',
  type: 'integer',
  domain: { kind: 'range', min: 0, max: 33, step: 1 },
  otherwise: 0,
}
const slope: Field = {
  name: 'slope',
  type: 'decimal',
  domain: { kind: 'range', min: -20, max: 20, step: 0.01 },
  otherwise: null,
}
const group: Field = {
  name: 'grade',
  type: 'text',
  domain: { kind: 'enum', values: ['low', 'high'] },
  otherwise: 'low',
}
const flag: Field = {
  name: 'flag',
  type: 'boolean',
  domain: { kind: 'boolean' },
  otherwise: false,
}
const since: Field = {
  name: 'since',
  type: 'date',
  domain: { kind: 'dates', min: '2000-01-01', max: '2030-12-31' },
  otherwise: null,
}

test('the frame is one row per person, with the hidden key and the declared fields', () => {
  const table = frameTable([score, group])
  expect(table.name).toBe('frame')
  expect(table.rowsPerPerson).toEqual({ kind: 'one' })
  expect(table.columns.map((it) => [it.name, it.domain.kind])).toEqual([
    ['person_id', 'person'],
    ['score', 'range'],
    ['grade', 'enum'],
  ])
})

test.each([
  [score, 3, 3],
  [score, 3n, 3],
  [score, 3.5, 0],
  [score, 34, 0],
  [score, -1, 0],
  [score, '3', 0],
  [score, true, 0],
  [score, undefined, 0],
  [score, Number.NaN, 0],
  [score, null, 0],
  [slope, 1.23456789, 1.23],
  [slope, -0.005000001, -0.01],
  [slope, 20, 20],
  [slope, 20.004, null],
  [slope, Number.POSITIVE_INFINITY, null],
  [group, 'high', 'high'],
  [group, 'p17', 'low'],
  [flag, true, true],
  [flag, 1, false],
  [since, '2020-02-29', '2020-02-29'],
  [since, '2021-02-29', null],
  [since, '1999-12-31', null],
  [since, '2020-2-3', null],
])('%o of %o is %o', (field, value, held) => {
  expect(conform(field as Field, value as never)).toBe(held)
})

test('no low bit of a decimal survives its grid', () => {
  const bits = Array.from({ length: 200 }, (_, i) => 1.25 + i * 2 ** -40)
  expect(new Set(bits.map((it) => conform(slope, it))).size).toBe(1)
})

test.each([
  ['a name twice', [score, score], '/script/fields/1/name'],
  ['the key', [{ ...score, name: 'person_id' }], '/script/fields/0/name'],
  ['a default outside', [{ ...score, otherwise: 40 }], '/script/fields/0/otherwise'],
  ['a default of another type', [{ ...group, otherwise: 3 }], '/script/fields/0/otherwise'],
  ['a default off the grid', [{ ...slope, otherwise: 0.001 }], '/script/fields/0/otherwise'],
  ['a domain of another type', [{ ...score, domain: flag.domain }], '/script/fields/0/domain'],
  [
    'halves of whole numbers',
    [{ ...score, domain: { kind: 'range', min: 0, max: 3, step: 0.5 } }],
    '/script/fields/0/domain',
  ],
  [
    'an end before its beginning',
    [{ ...slope, domain: { kind: 'range', min: 1, max: 0, step: 1 } }],
    '/script/fields/0/domain',
  ],
] as const)('%s makes no frame', (_, fields, place) => {
  expect(fieldsProblem(fields as readonly Field[])?.place).toBe(place)
})

test('what can be declared has no problem', () => {
  expect(fieldsProblem([score, slope, group, flag, since])).toBeUndefined()
})
