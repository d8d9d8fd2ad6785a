import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileView } from '../../src/views/compile.ts'
import { type Bench, bench, byType, type Row } from '../conformance/views-suite.ts'

let engine: Bench
beforeAll(async () => {
  engine = await bench()
})
afterAll(() => engine.close())

type Json = Readonly<Record<string, unknown>>
const rows = async (view: Json, resources: readonly Json[]): Promise<readonly Row[] | string> => {
  const outcome = await engine.run(view, byType(resources))
  return outcome.kind === 'rows'
    ? outcome.rows
    : `${outcome.problem.facts.rule} ${outcome.problem.facts.place}`
}
/** One column of the only resource. */
const value = async (path: string, resource: Json, more: Json = {}): Promise<unknown> => {
  const view = {
    resource: resource['resourceType'],
    select: [{ column: [{ name: 'c', path, ...more }] }],
  }
  const found = await rows(view, [resource])
  return typeof found === 'string' ? found : found.map((r) => r['c'])[0]
}
const patient = (more: Json): Json => ({ resourceType: 'Patient', id: 'p', ...more })
const quantity = (n: unknown): Json => ({
  resourceType: 'Observation',
  id: 'o',
  valueQuantity: { value: n },
})

describe('text is text', () => {
  test.each([
    "'",
    "''; DROP TABLE x; --",
    'a\\b',
    '"',
    '\ue000repeat1/step e\ue000',
    'é 😀',
    '{lambda}',
  ])('%j', async (text) => {
    const literal = `'${text.replace(/[\\']/g, '\\$&')}'`
    expect(await value(literal, patient({}))).toBe(text)
    expect(await value(`gender = ${literal}`, patient({ gender: text }))).toBe(true)
    const view = {
      resource: 'Patient',
      constant: [{ name: 'k', valueString: text }],
      select: [{ column: [{ name: 'c', path: '%k' }] }],
    }
    expect(await rows(view, [patient({})])).toEqual([{ c: text }])
  })
})

describe('dates compare as intervals', () => {
  test.each([
    ['2020-06', '<', '2020-07-01', true],
    ['2020-06', '<', '2020-06-15', null],
    ['2020-06', '=', '2020-06-15', null],
    ['2020-06', '=', '2021-01-01', false],
    ['2020', '>', '2019-12-31', true],
    ['2020-01-01', '=', '2020-01-01', true],
    ['2020-01-01', '<=', '2020-01-01', true],
    ['2020-02-30', '=', '2020-02-30', null],
  ])('%s %s %s', async (born, op, literal, expected) => {
    expect(await value(`birthDate ${op} @${literal}`, patient({ birthDate: born }))).toBe(expected)
  })
  test('across zones', async () => {
    const dead = patient({ deceasedDateTime: '2020-01-01T01:00:00+02:00' })
    const path = 'deceased.ofType(dateTime) = @2019-12-31T23:00:00Z'
    expect(await value(path, dead)).toBe(true)
  })
})

describe('boundaries', () => {
  test.each([
    [1.5, 1.45, 1.55],
    [-3, -3.5, -2.5],
    [120, 119.5, 120.5],
    [0.00001, 0.000005, 0.000015],
  ])('of the decimal %d', async (n, low, high) => {
    const path = 'value.ofType(Quantity).value'
    expect(await value(`${path}.lowBoundary()`, quantity(n))).toBe(low)
    expect(await value(`${path}.highBoundary()`, quantity(n))).toBe(high)
  })
  test('of a decimal that is also computed with', async () => {
    const path = 'value.ofType(Quantity).value'
    expect(await value(`${path}.lowBoundary() + ${path}`, quantity(1.5))).toBe(2.95)
  })
  test('of a number whose precision is unknown', async () => {
    expect(await value('value.ofType(Quantity).value.lowBoundary()', quantity(1e20))).toBe(
      'boundary-unknown /select/0/column/0/path',
    )
  })
  test.each([
    ['2010', '2010-01-01T00:00:00.000+14:00', '2010-12-31T23:59:59.999-12:00'],
    ['2012-02', '2012-02-01T00:00:00.000+14:00', '2012-02-29T23:59:59.999-12:00'],
    ['2010-10-10T12:00:00Z', '2010-10-10T12:00:00.000Z', '2010-10-10T12:00:00.999Z'],
    ['2010-10-10T12:00:00.5+01:00', '2010-10-10T12:00:00.5+01:00', '2010-10-10T12:00:00.5+01:00'],
  ])('of the dateTime %s', async (at, low, high) => {
    const dead = patient({ deceasedDateTime: at })
    expect(await value('deceased.ofType(dateTime).lowBoundary()', dead)).toBe(low)
    expect(await value('deceased.ofType(dateTime).highBoundary()', dead)).toBe(high)
  })
  test('of a Period', async () => {
    const encounter = { resourceType: 'Encounter', id: 'e', period: { start: '2020-01' } }
    expect(await value('period.lowBoundary()', encounter)).toBe('2020-01-01T00:00:00.000+14:00')
    expect(await value('period.highBoundary()', encounter)).toBe(null)
  })
})

describe('references', () => {
  const key = async (reference: string, type = '', bases: readonly string[] = []) => {
    const view = {
      resource: 'Observation',
      select: [{ column: [{ name: 'c', path: `subject.getReferenceKey(${type})` }] }],
    }
    const { sql } = compileView(view, {
      source: "'x'",
      bases,
      relation: () =>
        `(SELECT 'Observation' AS "resourceType", {'reference': '${reference}'} AS "subject")`,
    })
    return await engine.sql(sql)
  }
  test.each([
    ['Patient/p1', '', 'p1'],
    ['Patient/p1/_history/2', 'Patient', 'p1'],
    ['Patient/p1', 'Group', null],
    ['Patient/p1/extra', '', null],
    ['PatientX/p1', 'Patient', null],
    ['#p1', '', null],
    ['urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7', '', null],
    ['https://elsewhere.example/fhir/Patient/p1', 'Patient', null],
    ['https://fhir.example/r4/Patient/p1', 'Patient', 'p1'],
    ['https://fhirXexample/r4/Patient/p1', 'Patient', null],
  ])('%s as %s', async (reference, type, expected) => {
    expect(await key(reference, type, ['https://fhir.example/r4/'])).toEqual([[expected]])
  })
})

describe('repeat', () => {
  const nested = (depth: number): Json =>
    depth === 0 ? { linkId: '0' } : { linkId: String(depth), item: [nested(depth - 1)] }
  const view = {
    resource: 'QuestionnaireResponse',
    select: [
      { column: [{ name: 'n', path: 'item.item.linkId', collection: true }] },
      { repeat: ['item'], column: [{ name: 'c', path: 'linkId' }] },
    ],
  }
  test('60 levels, beside a typed reading of the same element', async () => {
    const found = await rows(view, [
      { resourceType: 'QuestionnaireResponse', id: 'q', item: [nested(60)] },
    ])
    expect(found).toHaveLength(61)
    expect(found[0]).toEqual({ n: ['59'], c: '60' })
    expect(found[60]).toEqual({ n: ['59'], c: '0' })
  })
  test('deeper than 64 levels is an alarm, not a cut', async () => {
    const deep = { resourceType: 'QuestionnaireResponse', id: 'q', item: [nested(80)] }
    expect(await rows(view, [deep])).toMatch(/^repeat-too-deep/)
  })
  test('a path with a filter, and extensions within extensions', async () => {
    const tree = patient({
      extension: [
        { url: 'a', extension: [{ url: 'b' }, { url: 'skip', extension: [{ url: 'c' }] }] },
      ],
    })
    const urls = {
      resource: 'Patient',
      select: [
        { repeat: ["extension.where(url != 'skip')"], column: [{ name: 'c', path: 'url' }] },
      ],
    }
    expect(await rows(urls, [tree])).toEqual([{ c: 'a' }, { c: 'b' }])
  })
})

describe('corners', () => {
  test('contained resources by type', async () => {
    const tree = patient({
      contained: [
        { resourceType: 'Organization', id: 'o', name: 'x' },
        { resourceType: 'Practitioner', id: 'd', name: [{ family: 'y' }] },
      ],
    })
    expect(await value('contained.ofType(Organization).name', tree)).toBe('x')
    expect(await value('contained.ofType(Practitioner).name.family', tree)).toBe('y')
    expect(await value('contained.id', tree, { collection: true })).toEqual(['o', 'd'])
  })
  test('extensions of a primitive', async () => {
    const tree = patient({ _birthDate: { extension: [{ url: 'u', valueString: 'x' }] } })
    expect(await value("birthDate.extension('u').value.ofType(string)", tree)).toBe('x')
  })
  test('null in an array of primitives is no value', async () => {
    const tree = patient({ name: [{ given: [null, 'b'] }] })
    expect(await value('name.given', tree, { collection: true })).toEqual(['b'])
  })
  test('division by zero is empty', async () => {
    expect(await value('1 / 0', patient({}))).toBe(null)
    expect(await value('7 / 2', patient({}))).toBe(3.5)
  })
  test('resources of another type in the file are not rows', async () => {
    const view = { resource: 'Patient', select: [{ column: [{ name: 'c', path: 'id' }] }] }
    const outcome = await engine.run(view, {
      Patient: '{"resourceType":"Group","id":"g"}\n{"resourceType":"Patient","id":"p"}\n',
    })
    expect(outcome).toMatchObject({ rows: [{ c: 'p' }] })
  })
})

/** The shape of the SQL is a promise about speed: typed columns, no lateral unnest, one unnest per subquery. */
test('golden', () => {
  const view = {
    resource: 'Patient',
    select: [
      { column: [{ name: 'id', path: 'getResourceKey()' }] },
      { forEach: 'name', column: [{ name: 'family', path: 'family' }] },
      { forEachOrNull: 'telecom', column: [{ name: 'n', path: '%rowIndex' }] },
    ],
    where: [{ path: 'active' }],
  }
  const compiled = compileView(view, { source: "'x.ndjson'" })
  expect(compiled.sql).toMatchInlineSnapshot(
    `"SELECT "id", "_u0"."family" AS "family", "_u1"."n" AS "n" FROM (SELECT *, unnest("_l1") AS "_u1" FROM (SELECT "id" AS "id", unnest(list_transform(coalesce(list_filter("name", lambda x: x IS NOT NULL), []), lambda e1, i2: {'family': e1."family"})) AS "_u0", CASE WHEN coalesce(len(coalesce(list_filter("telecom", lambda x: x IS NOT NULL), [])), 0) = 0 THEN [{'n': CAST(0 AS BIGINT)}] ELSE list_transform(coalesce(list_filter("telecom", lambda x: x IS NOT NULL), []), lambda e3, i4: {'n': (i4 - 1)}) END AS "_l1" FROM read_ndjson('x.ndjson', columns = {"resourceType": 'VARCHAR', "id": 'VARCHAR', "name": 'STRUCT("family" VARCHAR)[]', "telecom": 'JSON[]', "active": 'BOOLEAN'}) WHERE "resourceType" = 'Patient' AND coalesce("active", FALSE)))"`,
  )
  expect(compiled.reads).toMatchInlineSnapshot(`
    [
      {
        "lists": [
          false,
        ],
        "path": [
          "resourceType",
        ],
        "type": "code",
      },
      {
        "lists": [
          false,
        ],
        "path": [
          "id",
        ],
        "type": "id",
      },
      {
        "lists": [
          true,
          false,
        ],
        "path": [
          "name",
          "family",
        ],
        "type": "string",
      },
      {
        "lists": [
          true,
        ],
        "path": [
          "telecom",
        ],
        "type": "ContactPoint",
      },
      {
        "lists": [
          false,
        ],
        "path": [
          "active",
        ],
        "type": "boolean",
      },
    ]
  `)
})
