import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/domain/digest.ts'
import { Problem } from '../../src/domain/problem.ts'
import { decodeAnswer } from '../../src/sandbox/decode.ts'

const rule = (answer: string | Uint8Array, options = {}): unknown => {
  try {
    decodeAnswer(answer, options)
    return 'read'
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    return (error as Problem).facts.rule
  }
}

test.each([
  ['{"a":1,"a":2}', 'answer-duplicate-key'],
  ['{"a":1,"\\u0061":2}', 'answer-duplicate-key'],
  ['{"__proto__":{}}', 'answer-forbidden-key'],
  ['{"\\u005f_proto__":{}}', 'answer-forbidden-key'],
  ['{"constructor":1}', 'answer-forbidden-key'],
  ['NaN', 'answer-syntax'],
  ['{"a":Infinity}', 'answer-syntax'],
  ['-Infinity', 'answer-syntax'],
  ['1e999', 'answer-number-range'],
  ['[-1e999]', 'answer-number-range'],
  ['9007199254740992', 'answer-big-integer'],
  ['1e300', 'answer-big-integer'],
  ['01', 'answer-trailing'],
  ['+1', 'answer-syntax'],
  ['.5', 'answer-syntax'],
  ['1.', 'answer-trailing'],
  ["{'a':1}", 'answer-syntax'],
  ['{a:1}', 'answer-syntax'],
  ['[1,]', 'answer-syntax'],
  ['{"a":1,}', 'answer-syntax'],
  ['[1 2]', 'answer-syntax'],
  ['{"a" 1}', 'answer-syntax'],
  ['', 'answer-syntax'],
  ['{"a":1}{"b":2}', 'answer-trailing'],
  ['1 2', 'answer-trailing'],
  ['\ufeff1', 'answer-syntax'],
  ['"a', 'answer-string'],
  ['"\\x41"', 'answer-string'],
  ['"\n"', 'answer-string'],
  ['"\u0000"', 'answer-string'],
  ['"\\ud800"', 'answer-string'],
  ['"\\', 'answer-string'],
  ['[', 'answer-syntax'],
  ['{"a":', 'answer-syntax'],
])('%j is refused as %s', (answer, expected) => {
  expect(rule(answer)).toBe(expected)
})

describe('bounds', () => {
  test('100,000 levels end in a refusal, not in a stack', () => {
    expect(rule('['.repeat(100_000))).toBe('answer-depth')
    expect(rule('{"a":'.repeat(100_000))).toBe('answer-depth')
    expect(rule(`${'['.repeat(32)}${']'.repeat(32)}`)).toBe('read')
    expect(rule(`${'['.repeat(33)}${']'.repeat(33)}`)).toBe('answer-depth')
  })
  test('bytes and values', () => {
    expect(rule(`"${'x'.repeat(1 << 20)}"`)).toBe('answer-too-large')
    expect(rule(`[${'1,'.repeat(100_000)}1]`)).toBe('answer-too-many-values')
    expect(rule('"é"', { bytes: 3 })).toBe('answer-too-large')
  })
  test('bytes that are not UTF-8', () => {
    expect(rule(Uint8Array.of(0x22, 0xff, 0x22))).toBe('answer-utf-8')
    expect(rule(Uint8Array.of(0x22, 0xc0, 0x80, 0x22))).toBe('answer-utf-8')
    expect(rule('"\ufffd"')).toBe('answer-utf-8')
  })
  test('a refusal says where and never what', () => {
    try {
      decodeAnswer('{"secret":"row", "secret":1}')
    } catch (error) {
      expect(JSON.stringify((error as Problem).toJSON())).not.toMatch(/row|secret/)
      expect((error as Problem).facts.place).toBe('offset 17')
    }
  })
})

describe('channels in the form', () => {
  test('numbers keep the declared digits, and zero has no sign', () => {
    expect(
      decodeAnswer('[0.30000000000000004,1234567.89,-0.0,1e-300]', { digits: 4 }).canonical,
    ).toBe('[0.3,1235000,0,1e-300]')
  })
  test('order, spacing and spelling do not show', () => {
    const one = decodeAnswer('{"b":[1.0,"\\u0041"],"a":null}')
    const two = decodeAnswer(' { "a" : null , "b" : [ 1 , "A" ] } ')
    expect(one.canonical).toBe(two.canonical)
  })
})

const clean = fc
  .jsonValue({ maxDepth: 6 })
  .filter(
    (v) => !/"(__proto__|constructor|prototype)":|\ufffd|\p{Surrogate}/u.test(JSON.stringify(v)),
  )
const runs = { numRuns: Number(process.env['EXAMPLES'] ?? 500) }

test('whatever JSON says, it reads the same; what it refuses for size is a number', () => {
  fc.assert(
    fc.property(clean, (value) => {
      const text = JSON.stringify(value)
      const expected = rule(text)
      if (expected === 'read')
        expect(decodeAnswer(text).canonical).toBe(canonicalJson(JSON.parse(text)))
      else expect(expected).toBe('answer-big-integer')
    }),
    runs,
  )
})

test('what it reads, JSON.parse reads as well; everything else is a Problem', () => {
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.5',
      'e9',
      'true',
      'null',
      ' ',
      '\n',
    ],
    ...['NaN', '"__proto__"', '\\u', 'd800', '/*', '\u2028', '\u0000'],
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      const text = parts.join('')
      if (rule(text) === 'read') JSON.parse(text)
    }),
    { ...runs, numRuns: runs.numRuns * 10 },
  )
})

test('one flipped byte never ends in anything but a value or a Problem', () => {
  fc.assert(
    fc.property(clean, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const bytes = new TextEncoder().encode(JSON.stringify(value))
      const i = at % bytes.length
      bytes[i] = (bytes[i] ?? 0) ^ flip
      rule(bytes)
    }),
    runs,
  )
})
