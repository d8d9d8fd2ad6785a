import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Aggregate, Protected, Released, Reviewable, Rows } from '../../src/domain/glass.ts'
import * as answers from '../../src/http/answer.ts'
import { routes } from '../../src/http/app.ts'
import { figure, metadata, released, reviewable } from '../../src/http/reply.ts'
import { checkerRoute, route } from '../../src/http/route.ts'

type Node = Readonly<Record<string, unknown>>

/** Every place of a JSON Schema where a value of any shape could stand. */
function freeFields(schema: Node, path: string): string[] {
  const kind =
    schema['type'] ?? schema['enum'] ?? schema['const'] ?? schema['anyOf'] ?? schema['$ref']
  if (kind === undefined) return [path]
  if (Array.isArray(schema['anyOf']))
    return schema['anyOf'].flatMap((it, i) => freeFields(it as Node, `${path}|${i}`))
  if (schema['type'] === 'array') return freeFields((schema['items'] ?? {}) as Node, `${path}[]`)
  if (schema['type'] !== 'object') return []
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Node>)
  const rest = schema['additionalProperties']
  return [
    ...properties.flatMap(([name, it]) => freeFields(it, `${path}.${name}`)),
    ...(rest === false ? [] : freeFields((rest ?? {}) as Node, `${path}.*`)),
    ...(rest === true || rest === undefined ? [`${path}.*`] : []),
  ]
}

// A problem is the one open document: its facts are checked where it is made (domain/problem.ts).
const closed = Object.entries(answers as Readonly<Record<string, unknown>>).flatMap(([name, it]) =>
  it instanceof z.ZodType && name !== 'problem' ? [[name, it] as const] : [],
)

test('no answer has a free field', () => {
  expect(closed.length).toBeGreaterThan(8)
  const free = closed.flatMap(([name, schema]) =>
    freeFields(z.toJSONSchema(schema, { reused: 'inline' }) as Node, name),
  )
  expect(free).toEqual([])
})

test('a planted free field is found', () => {
  const planted = z.toJSONSchema(z.looseObject({ id: z.string(), more: z.unknown() })) as Node
  expect(freeFields(planted, 'it')).toEqual(['it.more', 'it.*'])
})

const schema = z.strictObject({ id: z.string() })
const rows = { columns: ['x'], rows: [[1]] } as unknown as Rows
const aggregate = { cells: [] } as unknown as Aggregate
const shielded = { columns: ['x'], rows: [[1]] } as unknown as Protected

test('rows do not pass as metadata, nor spread into it', () => {
  metadata(schema, { id: 'fine' })
  // @ts-expect-error rows are no metadata
  metadata(schema, rows)
  // @ts-expect-error nor is anything they are spread into
  metadata(schema, { id: 'x', ...rows })
  // @ts-expect-error the exact aggregate neither
  metadata(schema, { id: 'x', ...aggregate })
  // @ts-expect-error protected is not yet released
  metadata(schema, { id: 'x', ...shielded })
  expect(schema.safeParse({ id: 'x', ...rows }).success).toBe(false)
})

const underReview = { columns: ['x'], rows: [[1]] } as unknown as Reviewable
const common = { method: 'get', path: '/x', summary: 'x', answer: schema } as const

test('what is under review passes through no route that anybody but an output checker may call', () => {
  checkerRoute({
    ...common,
    roles: ['output-checker'],
    handle: async () => reviewable(underReview),
  })
  route({
    ...common,
    roles: ['data-user'],
    // @ts-expect-error a route of a data user may not answer with it
    handle: async () => reviewable(underReview),
  })
  route({
    ...common,
    roles: ['output-checker'],
    // @ts-expect-error nor may an ordinary route of a checker, which could be opened to others later
    handle: async () => reviewable(underReview),
  })
  checkerRoute({
    ...common,
    // @ts-expect-error a checker's route is for nobody else
    roles: ['output-checker', 'data-user'],
    handle: async () => reviewable(underReview),
  })
  // @ts-expect-error it is not released
  released(underReview)
  // @ts-expect-error nor may it be drawn
  figure(underReview, 'x')
  // @ts-expect-error nor is it metadata
  metadata(schema, { id: 'x', ...underReview })
  // @ts-expect-error and what was released, or only protected, is not under review
  reviewable(shielded)
  // @ts-expect-error
  reviewable({ columns: [], rows: [] } as unknown as Released)
  const open = routes.filter((it) => it.path === '/reviews/:id').map((it) => it.roles)
  expect(open).toEqual([['output-checker']])
})
