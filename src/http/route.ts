import type { z } from 'zod'
import type { Actor, Role } from '../domain/role.ts'
import type { Once } from '../flow/gate.ts'
import type { House } from '../flow/house.ts'
import type { Inside, Reply } from './reply.ts'

/** One row of the API: where, who, what comes in, what goes out, and the step that does it. */
export type Route = Readonly<{
  method: 'get' | 'post'
  /** Express path; parameters are `:id`. */
  path: string
  summary: string
  /** Who may call; `public` needs no token. The policy decides again, with the whole input. */
  roles: readonly Role[] | 'public'
  body?: z.ZodType
  query?: z.ZodType
  answer: z.ZodType | 'text'
  /** What the answer is, where it is not application/json or, for a text, text/plain. */
  media?: string
  status?: 200 | 201 | 202
  /** Takes an Idempotency-Key: a retry gets the first answer, and nothing is done or charged again. */
  idempotent?: true
  handle(house: House, call: Call<unknown, unknown>): Promise<Reply | Inside>
}>

export type Call<Body, Query> = Readonly<{
  actor: Actor
  params: Readonly<Record<string, string>>
  body: Body
  query: Query
  once?: Once
}>

type Typed<B extends z.ZodType, Q extends z.ZodType> = Omit<Route, 'handle' | 'body' | 'query'> &
  Readonly<{
    body?: B
    query?: Q
    handle(house: House, call: Call<z.output<B>, z.output<Q>>): Promise<Reply>
  }>

/** Ties the handler's types to the schemas beside it. */
export const route = <B extends z.ZodType, Q extends z.ZodType>(it: Typed<B, Q>): Route =>
  it as unknown as Route

/** A route of output checkers and nobody else: the only one that may answer with what is under review. */
export const checkerRoute = <B extends z.ZodType, Q extends z.ZodType>(
  it: Omit<Typed<B, Q>, 'roles' | 'handle'> &
    Readonly<{
      roles: readonly ['output-checker']
      handle(house: House, call: Call<z.output<B>, z.output<Q>>): Promise<Reply | Inside>
    }>,
): Route => it as unknown as Route

/** A path parameter; the router has matched it, so its absence is a bug. */
export function param(call: Call<unknown, unknown>, name: string): string {
  const value = call.params[name]
  if (value === undefined) throw new Error(`route without :${name}`)
  return value
}
