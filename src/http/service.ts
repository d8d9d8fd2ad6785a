import { z } from 'zod'
import { assertServing } from '../flow/audit.ts'
import { installed } from '../flow/question.ts'
import { health, permitDocument } from './answer.ts'
import { runtimes } from './answer-script.ts'
import { plain } from './plain.ts'
import { metadata, text } from './reply.ts'
import { type Route, route } from './route.ts'

export const serviceRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/health',
    summary: 'Whether the gateway serves, under which jail and policy',
    roles: 'public',
    answer: health,
    handle: async (house) => {
      await assertServing(house)
      return metadata(health, {
        status: house.insecure ? 'insecure' : 'ok',
        launcher: house.launcher,
        version: house.version,
        policy: house.policyDigest,
      })
    },
  }),
  route({
    method: 'get',
    path: '/runtimes',
    summary: 'Languages of scripts, their versions and libraries; why there are none',
    roles: 'public',
    answer: runtimes,
    handle: async (house) => metadata(runtimes, plain(await installed(house))),
  }),
  route({
    method: 'get',
    path: '/schemas/permit.json',
    summary: 'The JSON Schema of the machine-readable permit',
    roles: 'public',
    answer: 'text',
    media: 'application/schema+json',
    handle: async () =>
      text(
        JSON.stringify(z.toJSONSchema(permitDocument, { reused: 'inline' }), null, 2),
        'application/schema+json',
      ),
  }),
  route({
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify permits',
    roles: 'public',
    answer: z.strictObject({ keys: z.array(z.record(z.string(), z.string())) }),
    handle: async (house) =>
      text(JSON.stringify(await house.keys.publicJwks()), 'application/json'),
  }),
]
