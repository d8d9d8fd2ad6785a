import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { compileView } from '../../src/views/compile.ts'
import { type Bench, bench } from '../conformance/views-suite.ts'

const view = (select: unknown, more: object = {}) => ({ resource: 'Patient', select, ...more })
const column = (path: string, more: object = {}) => [{ column: [{ name: 'v', path, ...more }] }]

function refusal(given: unknown, options: object = {}): string {
  try {
    compileView(given, { source: "'x'", ...options })
  } catch (error) {
    if (error instanceof Problem) return `${error.facts.rule} ${error.facts.place}`
    throw error
  }
  return 'compiled'
}

describe('what is not understood is refused with its class and its place', () => {
  test.each([
    [view(column('id')), 'compiled'],
    [view(column('name.family.trim()')), 'function-unsupported /select/0/column/0/path:13'],
    [view(column('name.famly')), 'unknown-element /select/0/column/0/path:6'],
    [view(column('name.family family')), 'fhirpath-syntax /select/0/column/0/path:13'],
    [view(column('name | contact')), 'operator-unsupported /select/0/column/0/path:6'],
    [view(column("'\\q'")), 'bad-escape /select/0/column/0/path:1'],
    [view(column('$index')), 'variable-unsupported /select/0/column/0/path:1'],
    [view(column('%nope')), 'unknown-constant /select/0/column/0/path:1'],
    [view(column('name')), 'column-not-primitive /select/0/column/0'],
    [view(column('deceased')), 'choice-needs-of-type /select/0/column/0/path'],
    [view(column('deceasedBoolean')), 'choice-spelled-out /select/0/column/0/path:1'],
    [view(column('deceased.ofType(Quantity)')), 'type-not-in-choice /select/0/column/0/path:10'],
    [view(column('birthDate = 1')), 'operands-differ /select/0/column/0/path:11'],
    [view(column('id', { type: 'integer' })), 'type-mismatch /select/0/column/0'],
    [view(column('id', { nam: 'x' })), 'unknown-property /select/0/column/0/nam'],
    [
      view([{ ...column('id')[0], forEach: 'name', repeat: ['x'] }]),
      'one-iteration-only /select/0',
    ],
    [view([{ flatten: 'name' }]), 'unknown-property /select/0/flatten'],
    [view([{}]), 'empty-select /select/0'],
    [view([...column('id'), ...column('id')]), 'duplicate-column /select/1/column/0'],
    [view(column('id'), { where: [{ path: 'name' }] }), 'operand-not-boolean /where/0/path'],
    [view(column('id'), { fhirVersion: ['4.3.0'] }), 'fhir-version /fhirVersion'],
    [view(column('id'), { fhirVersion: ['5.0.0', '4.0.1'] }), 'compiled'],
    [view(column('id'), { resource: 'Pateint' }), 'unknown-resource /resource'],
    [
      view(column(`${'('.repeat(80)}id${')'.repeat(80)}`)),
      'expression-too-deep /select/0/column/0/path:66',
    ],
    [null, 'not-an-object /'],
    [{ resource: 'Patient' }, 'missing-select /select'],
  ])('%#', (given, expected) => {
    expect(refusal(given)).toBe(expected)
  })

  test('a shareable view has url, name, version and types', () => {
    const whole = { url: 'https://x.example/v', name: 'v', fhirVersion: ['4.0.1'] }
    expect(refusal(view(column('id'), whole), { shareable: true })).toBe(
      'not-shareable /select/0/column/0',
    )
    expect(refusal(view(column('id', { type: 'id' }), whole), { shareable: true })).toBe('compiled')
    expect(refusal(view(column('id', { type: 'id' })), { shareable: true })).toBe(
      'not-shareable /url',
    )
  })
})

describe('compiled views on the engine', () => {
  let engine: Bench
  beforeAll(async () => {
    engine = await bench()
  })
  afterAll(() => engine.close())
  const rows = async (given: unknown, ...patients: object[]) => {
    const Patient = patients
      .map((p, i) => `${JSON.stringify({ resourceType: 'Patient', id: `p${i}`, ...p })}\n`)
      .join('')
    const answer = await engine.run(given, { Patient })
    return answer.kind === 'rows' ? answer.rows : answer.problem.facts
  }

  test('no literal leaves its quotes, the token of the second pass included', async () => {
    for (const text of ["'); DROP TABLE x; --", '\ue000/a b\ue000', '"', '\\', 'ü\n'])
      expect(
        await rows(view(column('%s'), { constant: [{ name: 's', valueString: text }] }), {}),
      ).toEqual([{ v: text }])
  })

  test('the null row of %rowIndex as a collection has the type of the other rows', async () => {
    expect(
      await rows(
        view([{ forEachOrNull: 'name', ...column('%rowIndex', { collection: true })[0] }]),
        {},
        { name: [{ use: 'usual' }] },
      ),
    ).toEqual([{ v: [0] }, { v: [0] }])
  })

  test('the null row of a union follows its first branch', async () => {
    const union = (first: string, second: string) =>
      view([{ forEachOrNull: 'name', unionAll: [...column(first), ...column(second)] }])
    expect(await rows(union('%rowIndex', '7'), {})).toEqual([{ v: 0 }])
    expect(await rows(union('7', '%rowIndex'), {})).toEqual([{ v: null }])
  })

  test('more values than the view promises stop the query with its place, not with a value', async () => {
    const two = { name: [{ family: 'Secret' }, { family: 'Other' }] }
    const facts = await rows(view(column('name.family')), two)
    expect(facts).toMatchObject({ rule: 'many-values', place: '/select/0/column/0/path' })
    expect(JSON.stringify(facts)).not.toContain('Secret')
  })

  test('a reference counts as ours only below a base of ours', async () => {
    const given = view(column('managingOrganization.getReferenceKey(Organization)'))
    const at = (reference: string) => ({ managingOrganization: { reference } })
    expect(
      await rows(
        given,
        at('Organization/1'),
        at('Organization/1/_history/2'),
        at('https://elsewhere.example/Organization/1'),
        at('Practitioner/1'),
        at('urn:uuid:1'),
        at('#1'),
      ),
    ).toEqual([{ v: '1' }, { v: '1' }, { v: null }, { v: null }, { v: null }, { v: null }])
    const { sql } = compileView(given, { source: "'x'", bases: ['https://ours.example/r4/'] })
    expect(sql).toContain('https:\\/\\/ours\\.example\\/r4')
  })

  test('a null in a list of elements is no element, whatever follows', async () => {
    const holed = { name: [null, { family: 'a' }, { given: ['b', null] }] }
    const of = (path: string) => rows(view(column(path, { collection: true })), holed)
    expect(await of('name.where(period.exists().not()).family')).toEqual([{ v: ['a'] }])
    expect(await of('name.family')).toEqual([{ v: ['a'] }])
    expect(await of('name.given')).toEqual([{ v: ['b'] }])
    expect(await of('name.where(use.empty()).exists()')).toEqual([{ v: [true] }])
    expect(await of('name.where(family.empty()).where(use.empty()).given')).toEqual([{ v: ['b'] }])
    expect(await of('name.where(use.empty()).family.first()')).toEqual([{ v: ['a'] }])
    expect(await of('name[0].family')).toEqual([{ v: ['a'] }])
    const each = view([{ forEach: 'name.where(use.empty())', ...column('%rowIndex')[0] }])
    expect(await rows(each, holed)).toEqual([{ v: 0 }, { v: 1 }])
  })

  test('partial dates compare where the precision decides, and not otherwise', async () => {
    const given = view(column('birthDate < @1980-06-15'))
    expect(
      await rows(given, { birthDate: '1979' }, { birthDate: '1980' }, { birthDate: '1981-01' }),
    ).toEqual([{ v: true }, { v: null }, { v: false }])
  })
})
