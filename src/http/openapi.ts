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
  for (const it of routes) {
    const path = it.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [it.method]: operation(it) }
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
      schemas: { Problem: jsonSchema(problem, 'output') },
    },
    paths,
  }
}

function operation(it: Route): Record<string, unknown> {
  return {
    operationId: `${it.method}${it.path.replace(/[/:](\w)/g, (_, c: string) => c.toUpperCase()).replace(/\W/g, '')}`,
    summary: it.summary,
    ...(it.roles === 'public' ? {} : { security: [{ bearer: [] }], 'x-roles': it.roles }),
    parameters: [...pathParameters(it), ...queryParameters(it)],
    ...(it.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(it.body, 'input') } },
          },
        }),
    responses: {
      [String(it.status ?? 200)]: {
        description: 'Done',
        content:
          it.answer === 'text'
            ? { 'text/plain': { schema: { type: 'string' } } }
            : { 'application/json': { schema: jsonSchema(it.answer, 'output') } },
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

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' })
  return rest
}

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
