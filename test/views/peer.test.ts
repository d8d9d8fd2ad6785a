import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, bench, byType } from '../conformance/views-suite.ts'
import { differences } from '../fuzz/views/differences.ts'
import { peer } from '../fuzz/views/peer.ts'

/**
 * Where Medplum's evalSqlOnFhir and the specification part. Each case holds the text, what we give, and what the
 * peer gives today: when the peer changes, the case turns red and its entry in differences.ts can go.
 */
type Case = Readonly<{
  name: string
  says: string
  view: Readonly<Record<string, unknown>>
  resource: Readonly<Record<string, unknown>>
  ours: readonly unknown[] | string
  theirs: readonly unknown[] | string
}>

const patient = {
  resourceType: 'Patient',
  id: 'p',
  birthDate: '2020',
  name: [{ family: 'a', given: ['x', 'y'] }],
  extension: [
    { url: 'u', valueCode: 'first' },
    { url: 'u', valueCode: 'second' },
  ],
}
const observation = {
  resourceType: 'Observation',
  id: 'o',
  subject: { reference: 'https://elsewhere.example/Patient/p1' },
  valueQuantity: { code: 'mg' },
  effectivePeriod: { id: 'x' },
}
const column = (path: string, more: object = {}) => ({ column: [{ name: 'c', path, ...more }] })
const view = (resource: string, ...select: object[]) => ({ resource, select })

const cases: readonly Case[] = [
  {
    name: 'extension-first-only',
    says: 'extension(url): "Will filter the input collection for items named extension with the given url" (FHIR R4, FHIRPath).',
    view: view(
      'Patient',
      column("extension('u').value.ofType(code)", { type: 'code', collection: true }),
    ),
    resource: patient,
    ours: [{ c: ['first', 'second'] }],
    theirs: [{ c: ['first'] }],
  },
  {
    name: 'dates-as-text',
    says: '"If one input has a value for the precision and the other does not, the comparison stops and the result is empty" (FHIRPath N1, 6.2).',
    view: view('Patient', column('birthDate < @2020-06-01')),
    resource: patient,
    ours: [{ c: null }],
    theirs: [{ c: true }],
  },
  {
    name: 'type-guessed-from-content',
    says: 'ofType(): "returns a collection that contains all items in the input collection that are of the given type" (FHIRPath N1, 5.2.4).',
    view: view('Observation', column('value.ofType(Quantity).code')),
    resource: observation,
    ours: [{ c: 'mg' }],
    theirs: [{ c: null }],
  },
  {
    name: 'type-guessed-from-content',
    says: 'The same, of a Period.',
    view: view('Observation', column('effective.ofType(Period).exists()')),
    resource: observation,
    ours: [{ c: true }],
    theirs: [{ c: false }],
  },
  {
    name: 'reference-split-at-slash',
    says: '"If the implementation does not support the reference type, or is unable to resolve the reference, it MUST return the empty collection" (getReferenceKey).',
    view: view('Observation', column('subject.getReferenceKey()')),
    resource: observation,
    ours: [{ c: null }],
    theirs: [{ c: '' }],
  },
  {
    name: 'error-without-a-row',
    says: '"Implementations SHALL report an error if multiple values are produced when that is not the case" (column.collection); here no row and no value is produced.',
    view: view('Patient', column('name.given'), {
      forEach: 'contact',
      column: [{ name: 'd', path: 'gender' }],
    }),
    resource: patient,
    ours: [],
    theirs: 'Multiple values found but not expected for column',
  },
  {
    name: 'null-row-without-columns',
    says: '"With forEachOrNull, all columns will be included but, if nothing is returned, the row produced will have null values".',
    view: view('Patient', { forEachOrNull: 'contact', select: [column('gender')] }),
    resource: patient,
    ours: [{ c: null }],
    theirs: [{}],
  },
  {
    name: 'empty-collection-is-null',
    says: 'The official test fhirpath.json, "collection", expects [] of a collection without values.',
    view: view('Patient', column('contact.gender', { collection: true })),
    resource: patient,
    ours: [{ c: [] }],
    theirs: [{ c: null }],
  },
  {
    name: 'repeat-ignored',
    says: 'repeat: "recursively traverse" (3.0.0-ballot; the official suite repeat.json).',
    view: view('QuestionnaireResponse', { repeat: ['item'], ...column('linkId') }),
    resource: {
      resourceType: 'QuestionnaireResponse',
      id: 'q',
      item: [{ linkId: '1', item: [{ linkId: '1.1' }] }],
    },
    ours: [{ c: '1' }, { c: '1.1' }],
    theirs: [{ c: null }],
  },
  {
    name: 'no-row-index',
    says: '"View runners MUST support a %rowIndex environment variable".',
    view: view('Patient', { forEach: 'name.given', ...column('%rowIndex') }),
    resource: patient,
    ours: [{ c: 0 }, { c: 1 }],
    theirs: 'FhirPathError on "%rowIndex": Error: Undefined variable %rowIndex',
  },
  {
    name: 'trailing-input-dropped',
    says: 'A FHIRPath text is one expression: "entireExpression : expression EOF" (grammar).',
    view: view('Patient', column('name.family junk')),
    resource: patient,
    ours: 'fhirpath-syntax /select/0/column/0/path:13',
    theirs: [{ c: 'a' }],
  },
  {
    name: 'unknown-element-is-null',
    says: 'Not an error to FHIRPath without a model; to a typed compiler a misspelt name is never a column of nulls.',
    view: view('Patient', column('name.famly')),
    resource: patient,
    ours: 'unknown-element /select/0/column/0/path:6',
    theirs: [{ c: null }],
  },
  {
    name: 'union-mismatch-accepted',
    says: '"each nested selection structure MUST produce the same number of columns with the same names and order".',
    view: view('Patient', {
      unionAll: [column('id'), { column: [{ name: 'd', path: 'id' }] }],
    }),
    resource: patient,
    ours: 'union-columns-differ /select/0/unionAll/1',
    theirs: [{ c: 'p' }, { d: 'p' }],
  },
  {
    name: 'duplicate-column-accepted',
    says: '"throw Column Already Defined" (processing model, ValidateColumns).',
    view: view('Patient', column('id'), column('birthDate')),
    resource: patient,
    ours: 'duplicate-column /select/1/column/0',
    theirs: [{ c: '2020' }],
  },
]

describe('differences from Medplum, each with the text that decides', () => {
  let engine: Bench
  beforeAll(async () => {
    engine = await bench()
  })
  afterAll(() => engine.close())

  test.each(cases)('$name', async ({ view, resource, ours, theirs }) => {
    const mine = await engine.run(view, byType([resource]))
    const { kind } = mine
    expect(
      kind === 'rows' ? mine.rows : `${mine.problem.facts.rule} ${mine.problem.facts.place}`,
    ).toEqual(ours)
    const other = peer(view, [resource])
    expect(other.kind === 'rows' ? other.rows : other.rule).toEqual(theirs)
  })

  test('what the fuzzer may explain is what is reproduced here', () => {
    const reproduced = new Set(cases.map((c) => c.name))
    expect(differences.map((d) => d.name).filter((name) => !reproduced.has(name))).toEqual([])
  })
})
