import type { z } from 'zod'
import type { Released } from '../domain/glass.ts'

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
  | Readonly<{ kind: 'metadata'; status: 200 | 201 | 202; schema: z.ZodType; value: NoTable }>
  | Readonly<{ kind: 'text'; status: 200; type: 'text/plain' | 'application/jose'; value: string }>

export function metadata<S extends z.ZodType>(
  schema: S,
  value: z.input<S> & NoTable,
  status: 200 | 201 | 202 = 200,
): Reply {
  return { kind: 'metadata', status, schema, value }
}

export const released = (value: Released): Reply => ({ kind: 'released', status: 200, value })

/** Signed, public texts only: a checkpoint or a permit's JWS. */
export const text = (
  value: string,
  type: 'text/plain' | 'application/jose' = 'text/plain',
): Reply => ({
  kind: 'text',
  status: 200,
  type,
  value,
})
