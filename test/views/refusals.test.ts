import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { compileView } from '../../src/views/compile.ts'
import { parse } from '../../src/views/fhirpath/parse.ts'

const refusal = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem && error.code === 'view-invalid')
      return `${error.facts.rule} ${error.facts.place}`
    throw error
  }
  return 'compiled'
}
const compile = (view: unknown, shareable = false): string =>
  refusal(() => compileView(view, { source: "'x.ndjson'", shareable }))
const patient = (select: unknown, more: object = {}): object => ({
  resource: 'Patient',
  select: [select],
  ...more,
})
const path = (text: string, more: object = {}): object =>
  patient({ column: [{ name: 'c', path: text, ...more }] })

describe('what an expression may not be, with the class and the column of the fault', () => {
  test.each([
    ["name.family.matches('x')", 'function-unsupported', 13],
    ['name.count()', 'function-unsupported', 6],
    ['name | contact', 'operator-unsupported', 6],
    ['active xor active', 'operator-unsupported', 8],
    ['active is boolean', 'operator-unsupported', 8],
    ['name.famly', 'unknown-element', 6],
    ['gender.code', 'unknown-element', 8],
    ['deceasedBoolean', 'choice-spelled-out', 1],
    ['deceased', 'choice-needs-of-type', undefined],
    ['deceased.ofType(Quantity)', 'type-not-in-choice', 10],
    ['deceased.ofType(Bool)', 'unknown-type', 10],
    ['name', 'column-not-primitive', undefined],
    ['%nothing', 'unknown-constant', 1],
    ['$total', 'variable-unsupported', 1],
    ["birthDate = '1970-01-01'", 'operands-differ', 11],
    ['name = name', 'complex-comparison', 6],
    ['active > true', 'not-ordered', 8],
    ['active and gender', 'operand-not-boolean', 8],
    ['gender - 1', 'operands-differ', 8],
    ['-gender', 'not-a-number', 1],
    ['name[active]', 'index-not-constant', 6],
    ['name.where()', 'argument-count', 6],
    ['name.given.join(1)', 'argument-not-string', 12],
    ['name.first().getResourceKey()', 'not-a-resource', 14],
    ['name.getReferenceKey()', 'not-a-reference', 6],
    ['gender.lowBoundary()', 'no-boundary', 8],
    ["name.given.first().extension('u').url", 'extension-of-computed', 20],
    ['@2020-01-01T10:00', 'partial-time', 1],
    ["'\\q'", 'bad-escape', 1],
    ['name.family)', 'fhirpath-syntax', 12],
    ['name.', 'fhirpath-syntax', 6],
    ['name ~', 'operator-unsupported', 6],
    ['#', 'fhirpath-syntax', 1],
    ["'open", 'fhirpath-syntax', 1],
    ['{}', 'fhirpath-syntax', 1],
    [`${'('.repeat(200)}1`, 'expression-too-deep', undefined],
    ['a'.repeat(10_001), 'expression-too-long', undefined],
  ])('%s', (text, rule, at) => {
    const [found, place] = compile(path(text)).split(' ')
    expect(found).toBe(rule)
    if (at !== undefined) expect(place).toBe(`/select/0/column/0/path:${at}`)
  })
})

describe('what a view may not be, with the class and the pointer of the fault', () => {
  const id = { column: [{ name: 'id', path: 'id' }] }
  test.each<[string, unknown, string]>([
    ['no object', [], 'not-an-object /'],
    ['no resource', { select: [id] }, 'missing-resource /resource'],
    ['no such resource', { resource: 'Pacient', select: [id] }, 'unknown-resource /resource'],
    ['another resource', { ...patient(id), resourceType: 'Library' }, 'not-a-view /resourceType'],
    ['R5', { ...patient(id), fhirVersion: ['5.0.0'] }, 'fhir-version /fhirVersion'],
    ['R4B', { ...patient(id), fhirVersion: ['4.3.0'] }, 'fhir-version /fhirVersion'],
    ['R4 among others', { ...patient(id), fhirVersion: ['5.0.0', '4.0.1'] }, 'compiled'],
    ['no select', { resource: 'Patient' }, 'missing-select /select'],
    ['nothing selected', { resource: 'Patient', select: [] }, 'not-a-list /select'],
    [
      'a future directive',
      patient({ ...id, forEachParallel: 'name' }),
      'unknown-property /select/0/forEachParallel',
    ],
    [
      'a modifier extension',
      { ...patient(id), modifierExtension: [] },
      'unknown-property /modifierExtension',
    ],
    [
      'two iterations',
      patient({ ...id, forEach: 'name', repeat: ['name'] }),
      'one-iteration-only /select/0',
    ],
    [
      'a bad name',
      patient({ column: [{ name: 'a-b', path: 'id' }] }),
      'bad-name /select/0/column/0/name',
    ],
    [
      'a quote in a name',
      patient({ column: [{ name: 'a"', path: 'id' }] }),
      'bad-name /select/0/column/0/name',
    ],
    [
      'names alike but for case',
      { resource: 'Patient', select: [id, { column: [{ name: 'ID', path: 'id' }] }] },
      'duplicate-column /select/1/column/0',
    ],
    [
      'a complex type',
      path('name', { type: 'HumanName' }),
      'column-not-primitive /select/0/column/0/type',
    ],
    ['another type', path('birthDate', { type: 'integer' }), 'type-mismatch /select/0/column/0'],
    [
      'a System type',
      path('birthDate', { type: 'http://hl7.org/fhirpath/System.Date' }),
      'compiled',
    ],
    [
      'a where that is no boolean',
      { ...patient(id), where: [{ path: 'name.family' }] },
      'operand-not-boolean /where/0/path',
    ],
    [
      'two values',
      { ...patient(id), constant: [{ name: 'a', valueCode: 'x', valueString: 'x' }] },
      'bad-constant /constant/0',
    ],
    [
      'a reserved constant',
      { ...patient(id), constant: [{ name: 'rowIndex', valueInteger: 1 }] },
      'reserved-name /constant/0/name',
    ],
    [
      'a constant of another type',
      { ...patient(id), constant: [{ name: 'a', valueDate: 'x' }] },
      'bad-constant /constant/0/valueDate',
    ],
    [
      'repeat over a primitive',
      patient({ repeat: ['gender'], column: [{ name: 'c', path: 'id' }] }),
      'repeat-needs-elements /select/0/repeat/0',
    ],
    [
      'repeat over two types',
      patient({ repeat: ['name', 'contact'], column: [{ name: 'c', path: 'id' }] }),
      'repeat-mixed-types /select/0/repeat/1',
    ],
    [
      'union of unlike types',
      patient({
        unionAll: [path('id'), path('active')].map((v) => (v as { select: object[] }).select[0]),
      }),
      'union-columns-differ /select/0/unionAll/1',
    ],
  ])('%s', (_, view, expected) => {
    expect(compile(view)).toBe(expected)
  })

  test('a shareable view has url, name, version and types', () => {
    const full = { url: 'http://x.example/v', name: 'v', fhirVersion: ['4.0.1'] }
    expect(compile(patient(id), true)).toBe('not-shareable /url')
    expect(compile({ ...patient(id), ...full }, true)).toBe('not-shareable /select/0/column/0')
    expect(compile({ ...path('id', { type: 'id' }), ...full }, true)).toBe('compiled')
  })
})

describe('the parser is total', () => {
  const words = [
    'name',
    '.',
    'where',
    '(',
    ')',
    '[',
    ']',
    "'a'",
    '1',
    '1.0',
    '@2020',
    '%x',
    '$this',
    '=',
    'and',
    '-',
    '`',
    '\\',
    'é',
    ' ',
  ]
  test.each([
    ['any text', fc.string({ unit: 'binary' })],
    ['words of the language', fc.array(fc.constantFrom(...words)).map((w) => w.join(' '))],
  ])('%s', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(['compiled']).toContain(
          refusal(() => parse(text, '/p')).replace(/^[a-z-]+ \/p.*$/, 'compiled'),
        )
      }),
    )
  })

  test('numbers keep their writing', () => {
    expect(parse('1.50', '')).toMatchObject({ type: 'decimal', text: '1.50' })
    expect(parse('2 - 1', '')).toMatchObject({ kind: 'binary', op: '-' })
    expect(parse('-1', '')).toMatchObject({ kind: 'negate' })
  })
})

test('the model is R4 and no other', () => {
  const file = new URL('../../src/views/model/r4.json', import.meta.url)
  expect(JSON.parse(readFileSync(file, 'utf8')).fhirVersion).toBe('4.0.1')
})
