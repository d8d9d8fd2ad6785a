import type { ErrorRequestHandler, Request, Response } from 'express'
import type { z } from 'zod'
import { Problem } from '../domain/problem.ts'
import { reviewedTable, transcript } from './answer-review.ts'
import { drawn } from './figure.ts'
import type { Inside, Reply } from './reply.ts'

/** Parses with the route's schema, or says `invalid-input` with the first place that is wrong. */
export function parse(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.map(String).join('/') ?? ''
  const keys =
    issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 3).map(safeName).join(', ') : ''
  throw new Problem('invalid-input', {
    rule:
      issue?.code === 'unrecognized_keys' ? 'unknown-field' : `schema-${issue?.code ?? 'invalid'}`,
    place: `${where}/${path}`,
    reason: keys === '' ? reasonOf(issue) : `Unknown field: ${keys}.`,
  })
}

// The caller's own text is not echoed: only what the schema wanted.
const reasonOf = (issue: z.core.$ZodIssue | undefined): string => {
  if (issue?.code === 'invalid_value')
    return `Expected one of: ${issue.values.map(String).join(', ')}.`
  return `${issue?.message ?? 'Not what the schema asks'}.`
}
const safeName = (key: string): string => key.replace(/[^\w-]/g, '?').slice(0, 40)

/** What body parsing throws, as problems. Everything unknown is 500 and says nothing. */
export function asProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  const type = (error as { type?: unknown } | null)?.type
  switch (type) {
    case 'entity.parse.failed':
      return new Problem('malformed-json', { place: 'body' })
    case 'entity.too.large':
      return new Problem('too-large', { place: 'body', limit: '256 KiB' })
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new Problem('unsupported-media-type', { place: 'content-type' })
    case 'request.aborted':
    case 'request.size.invalid':
      return new Problem('malformed-json', { place: 'body' })
    default:
      if (error instanceof URIError) return new Problem('not-found', { place: 'path' })
      // A body that says it is compressed and is not: the inflater's own error, marked 400 by the body parser.
      return isBadBody(error) ? new Problem('malformed-json', { place: 'body' }) : undefined
  }
}

const isBadBody = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && error.status === 400 && 'code' in error

/** Writes a reply; with http/app.ts the only code that touches the response. */
export function send(res: Response, reply: Reply | Inside): void {
  res.status(reply.status).set('cache-control', 'no-store')
  switch (reply.kind) {
    case 'text':
      res.type(reply.type).send(reply.value)
      return
    case 'released': {
      const { columns, rows, statement, digest, receipt } = reply.value
      res.json({ columns, rows, statement, digest, receipt })
      return
    }
    case 'figure':
      res.type('image/svg+xml').send(drawn(reply.value, reply.title))
      return
    case 'reviewable':
      res.json(reviewedTable.parse(reply.value))
      return
    case 'transcript':
      res.json(transcript.parse(reply.value))
      return
    case 'metadata':
      res.json(reply.schema.parse(reply.value))
      return
  }
}

export function sendProblem(res: Response, problem: Problem | undefined): void {
  // Nothing can be taken back once an answer has begun: the connection is cut instead.
  if (res.headersSent) {
    res.destroy()
    return
  }
  if (problem?.status === 401) res.set('www-authenticate', 'Bearer')
  const body = problem?.toJSON() ?? { type: 'about:blank', title: 'Internal error', status: 500 }
  res
    .status(problem?.status ?? 500)
    .set('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(body))
}

/** The last handler: `tell` records the refusal; whatever it does, the answer goes out. */
export const onError =
  (
    tell: (req: Request, problem: Problem | undefined, error: unknown) => Promise<void>,
  ): ErrorRequestHandler =>
  (error, req, res, _next) => {
    const problem = asProblem(error)
    void tell(req, problem, error)
      .catch(() => undefined)
      .then(() => sendProblem(res, problem))
  }
