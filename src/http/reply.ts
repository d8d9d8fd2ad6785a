import type { z } from 'zod'
import type { Released, Reviewable, SeenTranscript } from '../domain/glass.ts'

/** What no metadata may carry at its top: the fields that make a table. Spreading Rows into metadata fails to compile. */
export type NoTable = Readonly<{
  columns?: never
  rows?: never
  cells?: never
  sums?: never
}>

/**
 * All that a resource can answer: something Released, metadata without free fields (parsed again by its strict
 * schema on the way out), or a public signed text. http/app.ts alone touches the response.
 */
export type Reply =
  | Readonly<{ kind: 'released'; status: 200; value: Released }>
  | Readonly<{ kind: 'figure'; status: 200; value: Released; title: string }>
  | Readonly<{ kind: 'metadata'; status: 200 | 201 | 202; schema: z.ZodType; value: NoTable }>
  | Readonly<{ kind: 'text'; status: 200; type: TextType; value: string }>

export type TextType =
  | 'text/plain'
  | 'application/jose'
  | 'application/json'
  | 'application/schema+json'

export function metadata<S extends z.ZodType>(
  schema: S,
  value: z.input<S> & NoTable,
  status: 200 | 201 | 202 = 200,
): Reply {
  return { kind: 'metadata', status, schema, value }
}

export const released = (value: Released): Reply => ({ kind: 'released', status: 200, value })

/** Drawn at the door, from what is released alone. */
export const figure = (value: Released, title: string): Reply => ({
  kind: 'figure',
  status: 200,
  value,
  title,
})

/** Signed or public texts only: a checkpoint, a permit's JWS, a schema, public keys, /openapi.json. */
export const text = (value: string, type: TextType = 'text/plain'): Reply => ({
  kind: 'text',
  status: 200,
  type,
  value,
})

/**
 * What an output checker reads inside the environment. Not a Reply: only `checkerRoute` (http/route.ts) takes it, so that
 * a route which a data user may call does not compile with it.
 */
export type Inside =
  | Readonly<{ kind: 'reviewable'; status: 200; value: Reviewable }>
  | Readonly<{ kind: 'transcript'; status: 200; value: SeenTranscript }>

export const reviewable = (value: Reviewable): Inside => ({
  kind: 'reviewable',
  status: 200,
  value,
})

export const transcript = (value: SeenTranscript): Inside => ({
  kind: 'transcript',
  status: 200,
  value,
})
