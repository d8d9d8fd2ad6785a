import { Problem } from '../domain/problem.ts'

/**
 * One JSON object from the bytes of a body. Throws `malformed-json` on anything else: broken UTF-8, another top than an
 * object, and a key that stands twice in one object, which two readers could take for two different requests (RFC 8259, 4).
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = textOf(bytes)
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  if (repeatsKey(text))
    throw malformed({
      rule: 'duplicate-key',
      reason: 'A key stands twice in one object.',
      fix: 'Send each key once.',
    })
  return value
}

const malformed = (facts: Readonly<Record<string, string>> = {}): Problem =>
  new Problem('malformed-json', { place: 'body', ...facts })

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed({ reason: 'The body is not UTF-8.' })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed()
  }
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]]/g
const COLON = /\s*:/y

/** Of a text that is JSON. Keys are compared as they are read, so that an escape does not hide a repeat. */
function repeatsKey(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else {
      COLON.lastIndex = index + token.length
      const keys = open.at(-1)
      if (keys === undefined || !COLON.test(text)) continue
      const key = JSON.parse(token) as string
      if (keys.has(key)) return true
      keys.add(key)
    }
  }
  return false
}
