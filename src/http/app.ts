import express, { type Express, type Request, type RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Authenticate } from '../domain/capabilities.ts'
import { digestOf, sha256 } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import { type Once, recordRefusalAtDoor } from '../flow/gate.ts'
import type { House } from '../flow/house.ts'
import { analysisRoutes } from './analyses.ts'
import { applicationRoutes } from './applications.ts'
import { datasetRoutes } from './datasets.ts'
import { onError, parse, send } from './door.ts'
import { readJson } from './json.ts'
import { logRoutes } from './log.ts'
import { openapi } from './openapi.ts'
import { permitRoutes } from './permits.ts'
import { text } from './reply.ts'
import { reviewRoutes } from './reviews.ts'
import { type Route, route } from './route.ts'
import { runRoutes } from './runs.ts'
import { shapes } from './schema.ts'
import { serviceRoutes } from './service.ts'

/** The whole API on one page. */
export const routes: readonly Route[] = [
  ...serviceRoutes,
  ...datasetRoutes,
  ...applicationRoutes,
  ...permitRoutes,
  ...analysisRoutes,
  ...runRoutes,
  ...reviewRoutes,
  ...logRoutes,
]

export type Door = Readonly<{
  house: House
  authenticate: Authenticate
  logger: Logger
  version: string
}>

/** A request is a column of gates: body, token, role, schema, step, answer. */
export function app(door: Door): Express {
  const it = express().disable('x-powered-by').disable('etag')
  it.set('query parser', 'simple')
  it.use(headers(door.house), access(door.logger), jsonOnly)
  it.use(express.raw({ type: 'application/json', limit: '256kb' }), jsonBody)
  const served: readonly Route[] = [...routes, describing(() => openapi(served, door.version))]
  for (const route of served) it[route.method](route.path, handler(door, route))
  it.use((req, res) => {
    const known = served.filter((route) => matches(route.path, req.path))
    if (known.length === 0) throw new Problem('not-found', { place: 'path' })
    const methods = known.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : ['POST']))
    res.set('allow', methods.join(', '))
    throw new Problem('method-not-allowed', { place: 'path' })
  })
  it.use(
    onError(async (req, problem, error) => {
      if (problem === undefined) {
        door.logger.error({ kind: (error as Error | null)?.name ?? 'unknown' }, 'internal error')
        return
      }
      if (door.house.recorded.has(problem)) return
      await recordRefusalAtDoor(door.house, actorOf(req) ?? gatewayActor, 'http', problem)
    }),
  )
  return it
}

const actors = new WeakMap<Request, Actor>()
const actorOf = (req: Request): Actor | undefined => actors.get(req)

function handler(door: Door, route: Route): RequestHandler {
  return async (req, res) => {
    const actor = await admit(door, route, req)
    const body = parse(route.body, req.body ?? {}, 'body')
    const query = parse(route.query, { ...req.query }, 'query')
    const params = paramsOf(req)
    const once = onceOf(route, req, actor, { params, body })
    const call = { actor, params, body, query, ...(once === undefined ? {} : { once }) }
    send(res, await route.handle(door.house, call))
  }
}

/** What cannot be an identifier names nothing, and is not repeated in an answer or a log. */
function paramsOf(req: Request): Readonly<Record<string, string>> {
  const params = Object.entries(req.params).map(([key, value]) => [key, String(value)] as const)
  if (params.some(([, value]) => !shapes.identifier.safeParse(value).success))
    throw new Problem('not-found', { place: 'path' })
  return Object.fromEntries(params)
}

/** The key is the caller's own: another person, another route or another resource is another key. */
function onceOf(
  { idempotent, path }: Route,
  req: Request,
  { subject, role }: Actor,
  asked: Readonly<{ params: Readonly<Record<string, string>>; body: unknown }>,
): Once | undefined {
  const header = req.get('idempotency-key')
  if (idempotent !== true || header === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(header))
    throw new Problem('invalid-input', {
      rule: 'idempotency-key',
      place: 'idempotency-key',
      reason: 'A key is 1 to 255 visible ASCII characters.',
    })
  return { key: digestOf([subject, role, path, header]), request: sha256(JSON.stringify(asked)) }
}

const describing = (document: () => unknown): Route =>
  route({
    method: 'get',
    path: '/openapi.json',
    summary: 'This description, OpenAPI 3.1',
    roles: 'public',
    answer: 'text',
    media: 'application/json',
    handle: async () => text(JSON.stringify(document()), 'application/json'),
  })

async function admit(door: Door, route: Route, req: Request): Promise<Actor> {
  if (route.roles === 'public') return gatewayActor
  const actor = await door.authenticate(req.headers.authorization)
  actors.set(req, actor)
  if (!route.roles.includes(actor.role))
    throw new Problem('wrong-role', { place: route.path, needs: route.roles.join(' or ') })
  return actor
}

const jsonOnly: RequestHandler = (req, _res, next) => {
  const hasBody =
    Number(req.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in req.headers
  const charset = /;\s*charset="?([^";\s]*)/i.exec(req.headers['content-type'] ?? '')?.[1]
  const foreign = charset !== undefined && charset.toLowerCase() !== 'utf-8'
  if (hasBody && (!req.is('application/json') || foreign))
    throw new Problem('unsupported-media-type', { place: 'content-type' })
  next()
}

const jsonBody: RequestHandler = (req, _res, next) => {
  req.body = req.body instanceof Uint8Array && req.body.length > 0 ? readJson(req.body) : {}
  next()
}

const headers =
  (house: House): RequestHandler =>
  (_req, res, next) => {
    res.set('x-content-type-options', 'nosniff')
    res.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    if (house.insecure) res.set('x-vitrine-insecure', 'no jail isolates the children')
    next()
  }

/** One line a request: method, route pattern and status. Never a query, a body or an identifier. */
const access =
  (logger: Logger): RequestHandler =>
  (req, res, next) => {
    res.on('finish', () => {
      logger.info(
        { method: req.method, route: req.route?.path ?? 'none', status: res.statusCode },
        'request',
      )
    })
    next()
  }

const matches = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(path)
