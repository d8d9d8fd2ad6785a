import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** SHA-256, lower-case hex. */
export const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')

/** RFC 8785 (JSON Canonicalization Scheme). Throws on what JSON cannot say. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('not a JSON value')
  return text
}

export const digestOf = (value: unknown): string => sha256(canonicalJson(value))
