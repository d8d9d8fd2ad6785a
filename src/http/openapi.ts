import { z } from 'zod'
import { problemCodes } from '../domain/problem.ts'
import { problem } from './answer.ts'
import type { Route } from './route.ts'

/** OpenAPI 3.1 generated from the routes and their schemas, so that it cannot differ from what is served. */
export function openapi(
  routes: readonly Route[],
  version: string,
): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  const schemas: Schemas = {}
  jsonSchema(schemas, problem, 'output')
  for (const it of routes) {
    const path = it.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [it.method]: operation(schemas, it) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vitrine permit API',
      version,
      description: `Refusals are RFC 9457 problems with rule, place, reason and fix. Types: ${problemCodes.join(', ')}.`,
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas,
    },
    paths,
  }
}

function operation(schemas: Schemas, it: Route): Record<string, unknown> {
  return {
    operationId: `${it.method}${it.path.replace(/[/:](\w)/g, (_, c: string) => c.toUpperCase()).replace(/\W/g, '')}`,
    summary: it.summary,
    ...(it.roles === 'public' ? {} : { security: [{ bearer: [] }], 'x-roles': it.roles }),
    parameters: [
      ...pathParameters(it),
      ...queryParameters(it),
      ...(it.idempotent === true ? [idempotencyKey] : []),
    ],
    ...(it.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(schemas, it.body, 'input') } },
          },
        }),
    responses: {
      [String(it.status ?? 200)]: {
        description: 'Done',
        content:
          it.answer === 'text'
            ? { [it.media ?? 'text/plain']: { schema: it.media?.endsWith('json') ? {} : STRING } }
            : { 'application/json': { schema: jsonSchema(schemas, it.answer, 'output') } },
      },
      default: {
        description: 'A named problem',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  }
}

/** Schemas with a name of their own are described once, under components, and referred to. */
function jsonSchema(schemas: Schemas, schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _, $defs = {}, ...rest } = referring(z.toJSONSchema(schema, { io }))
  for (const [name, it] of Object.entries($defs as Schemas)) schemas[name] = it
  return rest
}

type Schemas = Record<string, unknown>

const referring = (schema: unknown): Schemas =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Schemas

function pathParameters(it: Route): unknown[] {
  return [...it.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(it: Route): unknown[] {
  if (it.query === undefined) return []
  const schema = z.toJSONSchema(it.query, { io: 'input' }) as {
    properties?: Record<string, unknown>
    required?: string[]
  }
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: property,
  }))
}

const STRING = { type: 'string' }

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A retry with the same key and the same request gets the first answer for 24 hours at least: nothing is done or charged again. The same key with another request is a `conflict`.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
}
