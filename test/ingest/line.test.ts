import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judge } from '../../src/ingest/line.ts'
import { linesOf, type RawLine } from '../../src/ingest/lines.ts'
import { groups } from '../../src/ingest/person.ts'
import { isFhirDate, mismatch, oddities, shapeOf } from '../../src/ingest/shape.ts'

const numRuns = Number(process.env['EXAMPLES'] ?? 300)

async function* inPieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0
  for (const cut of cuts.map((c) => c % (bytes.length + 1)).toSorted((a, b) => a - b)) {
    if (cut > from) yield bytes.subarray(from, cut)
    from = Math.max(from, cut)
  }
  yield bytes.subarray(from)
}

describe('lines', () => {
  const line = fc.string({ maxLength: 30 }).map((s) => s.replaceAll('\n', ' '))
  test('are the same, however the bytes arrive; overlong ones pass by whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.boolean(),
        fc.array(fc.nat()),
        async (texts, ended, cuts) => {
          const whole = Buffer.from(texts.join('\n') + (ended ? '\n' : ''))
          const spilled: Buffer[] = []
          const found: RawLine[] = []
          for await (const batch of linesOf(inPieces(whole, cuts), 20, (p) => spilled.push(p)))
            found.push(...batch)
          const expected = whole.toString().split('\n')
          if (expected.at(-1) === '') expected.pop()
          expect(found.map((l) => l.number)).toEqual(expected.map((_, i) => i + 1))
          const long = expected.filter((t) => Buffer.byteLength(t) > 20)
          expect(found.filter((l) => l.bytes === undefined)).toHaveLength(long.length)
          expect(Buffer.concat(spilled).toString()).toBe(long.join(''))
          for (const [i, l] of found.entries()) {
            expect(whole.subarray(l.offset, l.offset + l.length).toString()).toBe(expected[i])
            if (l.bytes !== undefined) expect(l.bytes.toString()).toBe(expected[i])
          }
        },
      ),
      { numRuns },
    )
  })
})

describe('a line', () => {
  const rules = { type: undefined, shapes: {} }
  const kind = (text: string | Uint8Array) => {
    const v = judge(typeof text === 'string' ? Buffer.from(text) : text, rules)
    return v.kind === 'bad' ? v.reason : v.kind
  }
  test('of any bytes gets a verdict', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['blank', 'bad', 'good']).toContain(judge(bytes, rules).kind)
      }),
      { numRuns },
    )
  })
  test('of any JSON object is good exactly when it has a type and an id', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (object) => {
        const text = JSON.stringify({ ...object, resourceType: 'Basic', id: 'x' })
        const plain = !/\\u/.test(text)
        if (plain) expect(kind(text)).toBe('good')
      }),
      { numRuns },
    )
  })
  test.each([
    ['  ', 'blank'],
    ['', 'blank'],
    ['{"resourceType":"Basic","id":"x"}\r', 'good'],
    ['{"resourceType":"Basic","id":"x"}{', 'truncated JSON'],
    ['{"resourceType":"Basic","id":"x"} {}', 'two values on one line'],
    ['{"resourceType":"Basic","id":"x","a":{"b":1,"b":2}}', 'the same key twice in one object'],
    ['{"resourceType":"Basic","id":"x","a":"\\"b\\":{\\\\"}', 'good'],
    ['{"resourceType":"Basic","id":"x","a":"b\\\\"}', 'good'],
    ['{"resourceType":"Basic","id":"x","__proto__":{"id":1}}', 'good'],
    ['{"resourceType":["Basic"],"id":"x"}', 'resourceType is not text'],
    ['{"resourceType":"Basic","id":7}', 'id is not a FHIR id'],
    ['"text"', 'not a JSON object'],
    ['{"resourceType":"Basic","id":"x","a":"\\ud83d\\ude00"}', 'good'],
    [
      '{"resourceType":"Basic","id":"x","a":"\\udc00"}',
      'lone surrogate or control character in text',
    ],
    [
      '{"resourceType":"Basic","id":"x","\\u0000":1}',
      'lone surrogate or control character in text',
    ],
    [`{"resourceType":"Basic","id":"x","a":${'['.repeat(120)}${']'.repeat(120)}}`, 'good'],
    [
      `{"resourceType":"Basic","id":"x","a":${'['.repeat(130)}${']'.repeat(130)}}`,
      'nested too deeply',
    ],
  ])('%s', (text, expected) => {
    expect(kind(text)).toBe(expected)
  })
})

describe('shapes', () => {
  const shape = shapeOf([
    { path: ['name', 'family'], lists: [true, false], type: 'string' },
    { path: ['name', 'given'], lists: [true, true], type: 'string' },
    { path: ['active'], lists: [false], type: 'boolean' },
    { path: ['count'], lists: [false], type: 'positiveInt' },
    { path: ['value'], lists: [false], type: 'decimal' },
    { path: ['extension'], lists: [true], type: 'Extension' },
    { path: ['when'], lists: [false], type: 'dateTime' },
  ])
  test.each([
    [{}, undefined],
    [{ name: [{ family: 'a', given: ['b'] }], active: true, count: 2, value: 2.5 }, undefined],
    [{ name: [{ family: null }] }, undefined],
    [{ name: { family: 'a' } }, 'T.name is not a list'],
    [{ name: ['a'] }, 'T.name is not an object'],
    [{ name: [{ given: [['b']] }] }, 'T.name.given is not text'],
    [{ active: 1 }, 'T.active is not true or false'],
    [{ count: 2.7 }, 'T.count is not an integer'],
    [{ count: 2 ** 60 }, 'T.count is not an integer'],
    [{ value: true }, 'T.value is not a number'],
    [{ extension: [{ anything: [1] }] }, undefined],
    [{ when: '2024-02-30' }, 'T.when is not a date'],
  ])('%j', (value, expected) => {
    expect(mismatch(value, shape, 'T')).toBe(expected)
  })
  test('a partial date and a name for a system are odd, not wrong', () => {
    const odd = shapeOf([
      { path: ['when'], lists: [false], type: 'dateTime' },
      { path: ['system'], lists: [false], type: 'uri' },
    ])
    expect([...oddities({ when: '2024-02', system: '$ucum' }, odd)]).toEqual([
      'partial date',
      'a code system is not a URI',
    ])
    expect([...oddities({ when: '2024-02-01', system: 'urn:oid:1.2' }, odd)]).toEqual([])
  })
  test.each([
    ['1957', true],
    ['1957-13', false],
    ['2024-02-29', true],
    ['2023-02-29', false],
    ['2024-01-01T10:00:00Z', true],
    ['2024-01-01T10:00:00', false],
    ['2024-01-01T24:00:00Z', false],
    ['2024-01-01T10:00:00.123456789+14:00', true],
    ['0000', false],
    ['24-01-01', false],
    ['2024-01-01 ', false],
  ])('%s is a FHIR date: %s', (text, expected) => {
    expect(isFhirDate(text)).toBe(expected)
  })
})

test('linked records fall into the groups that reachability says', () => {
  const id = fc.integer({ min: 0, max: 12 }).map((n) => `p${n}`)
  fc.assert(
    fc.property(fc.array(fc.tuple(id, id)), (links) => {
      const found = groups(links)
      const reach = (from: string): Set<string> => {
        const seen = new Set([from])
        for (let size = 0; size !== seen.size; ) {
          size = seen.size
          for (const [a, b] of links) if (seen.has(a) || seen.has(b)) seen.add(a).add(b)
        }
        return seen
      }
      for (const [record, root] of found) expect(root).toBe([...reach(record)].toSorted()[0])
      expect(new Set(found.keys())).toEqual(new Set(links.flat()))
    }),
    { numRuns },
  )
})
