import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, bench, byType } from '../conformance/views-suite.ts'
import type { RandomSelect } from '../fuzz/process/generate.ts'
import { allRules, peer, type Rule, rules } from '../fuzz/process/peer.ts'
import type { Generated } from '../fuzz/process/resources.ts'

/** Each known difference from Medplum's evaluator: the view, what we answer, what the peer answers. */
type Known = Readonly<{
  rule: Rule
  select: readonly RandomSelect[]
  resource: Generated
  ours: readonly object[]
  theirs: readonly object[] | RegExp
}>
const patient = (more: object): Generated => ({ resourceType: 'Patient', id: 'p', ...more })
const of = (path: string, more: object = {}) => ({ column: [{ name: 'v', path, ...more }] })
const extension = (valueString: string) => ({ url: 'e', valueString })
const nested = [
  { forEachOrNull: 'name', column: [{ name: 'u', path: 'use' }], select: [of('family')] },
] as const

const known: readonly Known[] = [
  {
    rule: 'null-row-columns',
    select: nested,
    resource: patient({}),
    ours: [{ u: null, v: null }],
    theirs: [{ u: null }],
  },
  {
    rule: 'row-index',
    select: [{ forEach: 'name', ...of('%rowIndex') }],
    resource: patient({ name: [{ use: 'usual' }, { use: 'old' }] }),
    ours: [{ v: 0 }, { v: 1 }],
    theirs: /Undefined variable %rowIndex/,
  },
  {
    rule: 'repeat',
    select: [{ repeat: ['item'], ...of('linkId') }],
    resource: {
      resourceType: 'QuestionnaireResponse',
      id: 'q',
      item: [{ linkId: '1', item: [{ linkId: '1.1' }] }],
    },
    ours: [{ v: '1' }, { v: '1.1' }],
    theirs: [{ v: null }],
  },
  {
    rule: 'empty-collection',
    select: [of('name.family', { collection: true })],
    resource: patient({}),
    ours: [{ v: [] }],
    theirs: [{ v: null }],
  },
  {
    rule: 'primitive-extension',
    select: [of("birthDate.extension('e').value.ofType(string)")],
    resource: patient({ birthDate: '1957', _birthDate: { extension: [extension('a')] } }),
    ours: [{ v: 'a' }],
    theirs: [{ v: null }],
  },
  {
    rule: 'extension-of-each',
    select: [of("extension('e').value.ofType(string)", { collection: true })],
    resource: patient({ extension: [extension('a'), extension('b')] }),
    ours: [{ v: ['a', 'b'] }],
    theirs: [{ v: ['a'] }],
  },
  {
    rule: 'quantity-without-value',
    select: [of('value.ofType(Quantity).code')],
    resource: { resourceType: 'Observation', id: 'o', valueQuantity: { code: 'kg' } },
    ours: [{ v: 'kg' }],
    theirs: [{ v: null }],
  },
  {
    rule: 'key-of-each-reference',
    select: [of('generalPractitioner.getReferenceKey()', { collection: true })],
    resource: patient({
      generalPractitioner: [{ reference: 'Practitioner/1' }, { reference: 'Practitioner/2' }],
    }),
    ours: [{ v: ['1', '2'] }],
    theirs: [{ v: ['1'] }],
  },
  {
    rule: 'key-unresolved',
    select: [of('managingOrganization.getReferenceKey()')],
    resource: patient({
      managingOrganization: { reference: 'https://elsewhere.example/Organization/1' },
    }),
    ours: [{ v: null }],
    theirs: [{ v: '' }],
  },
  {
    rule: 'false-with-extension',
    select: [{ forEach: 'code.coding.where(userSelected)', ...of('code') }],
    resource: {
      resourceType: 'Observation',
      id: 'o',
      code: {
        coding: [
          {
            system: 's',
            code: 'c',
            userSelected: false,
            _userSelected: { extension: [extension('a')] },
          },
        ],
      },
    },
    ours: [],
    theirs: [{ v: 'c' }],
  },
  {
    rule: 'many-values-in-no-row',
    select: [
      {
        forEach: 'address',
        select: [of('line'), { forEach: 'period', ...{ column: [{ name: 's', path: 'start' }] } }],
      },
    ],
    resource: patient({ address: [{ line: ['a', 'b'] }] }),
    ours: [],
    theirs: /Multiple values found/,
  },
]

test('every rule is reproduced, and quotes what it rests on', () => {
  expect(known.map((k) => k.rule).sort()).toEqual([...allRules].sort())
  expect(allRules.filter((r) => rules[r].length < 40)).toEqual([])
})

describe('known differences', () => {
  let engine: Bench
  beforeAll(async () => {
    engine = await bench()
  })
  afterAll(() => engine.close())

  test.each(known)('$rule', async ({ select, resource, ours, theirs }) => {
    const view = { resource: resource.resourceType, constant: [], select }
    const { constant: _, ...compiled } = view
    const answer = await engine.run(compiled, byType([resource]))
    expect(answer.kind === 'rows' ? answer.rows : answer.problem.facts).toEqual(ours)
    if (theirs instanceof RegExp) expect(() => peer(view, [resource])).toThrow(theirs)
    else expect(peer(view, [resource])).toEqual(theirs)
  })
})
