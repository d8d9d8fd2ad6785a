import { renewBudget } from '../flow/budget.ts'
import { listPermits, permitNow, viewPermit } from '../flow/permit.ts'
import { revoke } from '../flow/revoke.ts'
import { page, permit } from './answer.ts'
import { plain } from './plain.ts'
import { metadata, text } from './reply.ts'
import { param, type Route, route } from './route.ts'
import { budgetBody, pageQuery, revokeBody } from './schema.ts'

const readers = ['data-user', 'access-body', 'data-holder', 'output-checker', 'auditor'] as const

export const permitRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/permits',
    summary: 'Permits that you may see, with their budget',
    roles: readers,
    query: pageQuery,
    answer: page(permit),
    handle: async (house, { actor, query }) =>
      metadata(page(permit), plain(await listPermits(house, actor, query))),
  }),
  route({
    method: 'get',
    path: '/permits/:id',
    summary: 'One permit: conditions, worst case in words, and the budget meter',
    roles: readers,
    answer: permit,
    handle: async (house, call) => {
      const { value } = await permitNow(house, param(call, 'id'), call.actor)
      return metadata(permit, plain(await viewPermit(house, value)))
    },
  }),
  route({
    method: 'get',
    path: '/permits/:id/jws',
    summary: 'The machine-readable permit, signed (schema at /schemas/permit.json)',
    roles: readers,
    answer: 'text',
    media: 'application/jose',
    handle: async (house, call) => {
      const { value } = await permitNow(house, param(call, 'id'), call.actor)
      return text(value.jws, 'application/jose')
    },
  }),
  route({
    method: 'post',
    path: '/permits/:id/revocation',
    summary: 'Revoke a permit; its running jobs die, Article 63(3)',
    roles: ['access-body'],
    body: revokeBody,
    answer: permit,
    handle: async (house, call) =>
      metadata(permit, plain(await revoke(house, call.actor, param(call, 'id'), call.body.reason))),
  }),
  route({
    method: 'post',
    path: '/permits/:id/budget',
    summary: 'Renew the privacy budget of a permit, and of its group; the permit is signed anew',
    roles: ['access-body'],
    body: budgetBody,
    answer: permit,
    handle: async (house, call) =>
      metadata(permit, plain(await renewBudget(house, call.actor, param(call, 'id'), call.body))),
  }),
]
