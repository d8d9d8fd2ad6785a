import { z } from 'zod'
import { health, permitDocument } from './answer.ts'
import { metadata, text } from './reply.ts'
import { type Route, route } from './route.ts'

export const serviceRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/health',
    summary: 'Whether the gateway serves, under which jail and policy',
    roles: 'public',
    answer: health,
    handle: async (house) =>
      metadata(health, {
        status: house.insecure ? 'insecure' : 'ok',
        launcher: house.launcher,
        version: house.version,
        policy: house.policyDigest,
      }),
  }),
  route({
    method: 'get',
    path: '/schemas/permit.json',
    summary: 'The JSON Schema of the machine-readable permit',
    roles: 'public',
    answer: 'text',
    handle: async () => text(JSON.stringify(z.toJSONSchema(permitDocument), null, 2)),
  }),
  route({
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify permits',
    roles: 'public',
    answer: z.strictObject({ keys: z.array(z.record(z.string(), z.string())) }),
    handle: async (house) => text(JSON.stringify(await house.keys.publicJwks())),
  }),
]
