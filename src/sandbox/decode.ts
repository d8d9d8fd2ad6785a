import { canonicalJson } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }
export type DecodeOptions = Readonly<{
  /** Bytes of UTF-8 accepted. */
  bytes?: number
  /** Nesting of arrays and objects. */
  depth?: number
  /** Values, arrays and objects counted. */
  values?: number
  /** Significant digits that a number keeps; none means all. Low bits carry data out. */
  digits?: number
}>
type Limits = Required<Omit<DecodeOptions, 'digits'>> & Pick<DecodeOptions, 'digits'>
const LIMITS: Limits = { bytes: 1 << 20, depth: 32, values: 100_000 }

type Reader = { readonly text: string; at: number; values: number; readonly limits: Limits }

const refuse = (rule: string, place: number): never => {
  throw new Problem('run-failed', { rule: `answer-${rule}`, place: `offset ${place}` })
}

const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
/** Half of a surrogate pair. */
const LONE = /\p{Surrogate}/u
const SPACE = /[ \t\n\r]*/y
/** A raw control character is refused by JSON.parse, which reads the escapes. */
const PLAIN = /[^"\\]*/y

const skip = (r: Reader): void => {
  SPACE.lastIndex = r.at
  SPACE.exec(r.text)
  r.at = SPACE.lastIndex
}

function string(r: Reader): string {
  const from = r.at++
  for (;;) {
    PLAIN.lastIndex = r.at
    PLAIN.exec(r.text)
    r.at = PLAIN.lastIndex
    const mark = r.text[r.at]
    if (mark === '"') break
    if (mark !== '\\') refuse('string', r.at)
    r.at += 2
  }
  r.at += 1
  try {
    const value: string = JSON.parse(r.text.slice(from, r.at))
    return LONE.test(value) ? refuse('string', from) : value
  } catch {
    return refuse('string', from)
  }
}

function number(r: Reader): number {
  const from = r.at
  NUMBER.lastIndex = from
  const text = NUMBER.exec(r.text)?.[0] ?? refuse('syntax', from)
  r.at += text.length
  const value = Number(text)
  if (!Number.isFinite(value)) return refuse('number-range', from)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return refuse('big-integer', from)
  const kept = r.limits.digits === undefined ? value : Number(value.toPrecision(r.limits.digits))
  return kept === 0 ? 0 : kept // no negative zero: its sign is a bit
}

function array(r: Reader, depth: number): Json[] {
  const items: Json[] = []
  r.at += 1
  skip(r)
  if (r.text[r.at] === ']') r.at += 1
  else
    for (;;) {
      items.push(value(r, depth))
      const mark = r.text[r.at++]
      if (mark === ']') break
      if (mark !== ',') refuse('syntax', r.at - 1)
    }
  return items
}

function object(r: Reader, depth: number): { readonly [key: string]: Json } {
  const entries = new Map<string, Json>()
  r.at += 1
  skip(r)
  if (r.text[r.at] === '}') r.at += 1
  else
    for (;;) {
      skip(r)
      const from = r.at
      if (r.text[from] !== '"') refuse('syntax', from)
      const key = string(r)
      if (entries.has(key)) refuse('duplicate-key', from)
      if (FORBIDDEN.has(key)) refuse('forbidden-key', from)
      skip(r)
      if (r.text[r.at++] !== ':') refuse('syntax', r.at - 1)
      entries.set(key, value(r, depth))
      const mark = r.text[r.at++]
      if (mark === '}') break
      if (mark !== ',') refuse('syntax', r.at - 1)
    }
  return Object.fromEntries(entries)
}

const WORDS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

function value(r: Reader, depth: number): Json {
  skip(r)
  if (++r.values > r.limits.values) refuse('too-many-values', r.at)
  const read = (): Json => {
    const mark = r.text[r.at]
    if (mark === '"') return string(r)
    if (mark === '{' || mark === '[') {
      if (depth >= r.limits.depth) refuse('depth', r.at)
      return mark === '{' ? object(r, depth + 1) : array(r, depth + 1)
    }
    const word = WORDS.find(([text]) => r.text.startsWith(text, r.at))
    if (!word) return number(r)
    r.at += word[0].length
    return word[1]
  }
  const result = read()
  skip(r)
  return result
}

const utf8 = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse('utf-8', 0)
  }
}

/**
 * Reads the one message of a child as strict JSON (RFC 8259, and I-JSON of RFC 7493 where that is stricter): valid UTF-8, one
 * document, no duplicate key, no `__proto__`, no number outside a double or beyond 2^53, bounded in bytes, depth and values.
 * Numbers are rounded to `digits` significant digits. `canonical` is the RFC 8785 text, so that neither key order nor
 * spacing carries anything. Throws `run-failed` with a rule `answer-…` and an offset, never with a value.
 */
export function decodeAnswer(
  answer: string | Uint8Array,
  options: DecodeOptions = {},
): Readonly<{ value: Json; canonical: string }> {
  const limits = { ...LIMITS, ...options }
  const size = typeof answer === 'string' ? Buffer.byteLength(answer) : answer.length
  if (size > limits.bytes) refuse('too-large', limits.bytes)
  const text = typeof answer === 'string' ? answer : utf8(answer)
  if (LONE.test(text) || text.includes('\ufffd')) refuse('utf-8', 0)
  const r: Reader = { text, at: 0, values: 0, limits }
  const read = value(r, 0)
  if (r.at !== text.length) refuse('trailing', r.at)
  return { value: read, canonical: canonicalJson(read) }
}
