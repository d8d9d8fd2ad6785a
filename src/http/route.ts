import type { z } from 'zod'
import type { Actor, Role } from '../domain/role.ts'
import type { House } from '../flow/house.ts'
import type { Reply } from './reply.ts'

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
  status?: 200 | 201 | 202
  handle(house: House, call: Call<unknown, unknown>): Promise<Reply>
}>

export type Call<Body, Query> = Readonly<{
  actor: Actor
  params: Readonly<Record<string, string>>
  body: Body
  query: Query
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

/** A path parameter; the router has matched it, so its absence is a bug. */
export function param(call: Call<unknown, unknown>, name: string): string {
  const value = call.params[name]
  if (value === undefined) throw new Error(`route without :${name}`)
  return value
}
