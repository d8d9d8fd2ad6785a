import { listEvents } from '../flow/audit.ts'
import { event, page } from './answer.ts'
import { plain } from './plain.ts'
import { metadata, text } from './reply.ts'
import { type Route, route } from './route.ts'
import { eventQuery } from './schema.ts'

export const logRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/log/checkpoint',
    summary: 'The signed checkpoint of the transparency log (C2SP tlog-checkpoint)',
    roles: 'public',
    answer: 'text',
    handle: async (house) => text(await house.log.checkpoint()),
  }),
  route({
    method: 'get',
    path: '/log/events',
    summary: 'Who did what, newest first, 73(1)(e)',
    roles: ['auditor', 'access-body'],
    query: eventQuery,
    answer: page(event),
    handle: async (house, { query }) =>
      metadata(page(event), plain(await listEvents(house, query))),
  }),
]
