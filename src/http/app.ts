import express, { type Express, type Request, type RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Authenticate } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import { recordRefusalAtDoor } from '../flow/gate.ts'
import type { House } from '../flow/house.ts'
import { analysisRoutes } from './analyses.ts'
import { applicationRoutes } from './applications.ts'
import { datasetRoutes } from './datasets.ts'
import { onError, parse, send } from './door.ts'
import { logRoutes } from './log.ts'
import { openapi } from './openapi.ts'
import { permitRoutes } from './permits.ts'
import type { Route } from './route.ts'
import { runRoutes } from './runs.ts'
import { serviceRoutes } from './service.ts'

/** The whole API on one page. */
export const routes: readonly Route[] = [
  ...serviceRoutes,
  ...datasetRoutes,
  ...applicationRoutes,
  ...permitRoutes,
  ...analysisRoutes,
  ...runRoutes,
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
  it.use(headers(door.house), access(door.logger), jsonOnly, express.json({ limit: '256kb' }))
  const document = openapi(routes, door.version)
  it.get('/openapi.json', (_req, res) => {
    res.json(document)
  })
  for (const route of routes) it[route.method](route.path, handler(door, route))
  it.use((req) => {
    const known = routes.some((route) => matches(route.path, req.path))
    throw new Problem(known ? 'method-not-allowed' : 'not-found', { place: 'path' })
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
    const params = Object.fromEntries(
      Object.entries(req.params).map(([key, value]) => [key, String(value)]),
    )
    send(res, await route.handle(door.house, { actor, params, body, query }))
  }
}

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
  if (hasBody && !req.is('application/json'))
    throw new Problem('unsupported-media-type', { place: 'content-type' })
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
