import {
  completeApplication,
  listApplications,
  ownApplication,
  submitApplication,
  withdrawApplication,
} from '../flow/apply.ts'
import { decideApplication } from '../flow/decide.ts'
import { application, page } from './answer.ts'
import { plain } from './plain.ts'
import { metadata } from './reply.ts'
import { param, type Route, route } from './route.ts'
import { applicationContent, decisionBody, emptyBody, pageQuery } from './schema.ts'

const readers = ['data-user', 'access-body', 'auditor'] as const

export const applicationRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/applications',
    summary: 'Apply for a data permit, Article 67',
    roles: ['data-user'],
    body: applicationContent,
    answer: application,
    status: 201,
    handle: async (house, { actor, body }) =>
      metadata(application, plain(await submitApplication(house, actor, body)), 201),
  }),
  route({
    method: 'get',
    path: '/applications',
    summary: 'Applications that you may see, newest first',
    roles: readers,
    query: pageQuery,
    answer: page(application),
    handle: async (house, { actor, query }) =>
      metadata(page(application), plain(await listApplications(house, actor, query))),
  }),
  route({
    method: 'get',
    path: '/applications/:id',
    summary: 'One application with its decision',
    roles: readers,
    answer: application,
    handle: async (house, call) =>
      metadata(
        application,
        plain((await ownApplication(house, call.actor, param(call, 'id'))).value),
      ),
  }),
  route({
    method: 'post',
    path: '/applications/:id/completion',
    summary: 'Answer a return with completed content',
    roles: ['data-user'],
    body: applicationContent,
    answer: application,
    handle: async (house, call) =>
      metadata(
        application,
        plain(await completeApplication(house, call.actor, param(call, 'id'), call.body)),
      ),
  }),
  route({
    method: 'post',
    path: '/applications/:id/withdrawal',
    summary: 'Withdraw an application',
    roles: ['data-user'],
    body: emptyBody,
    answer: application,
    handle: async (house, call) =>
      metadata(application, plain(await withdrawApplication(house, call.actor, param(call, 'id')))),
  }),
  route({
    method: 'post',
    path: '/applications/:id/decision',
    summary: 'Approve with conditions, return, or refuse with a reason, Article 68',
    roles: ['access-body'],
    body: decisionBody,
    answer: application,
    handle: async (house, call) =>
      metadata(
        application,
        plain(await decideApplication(house, call.actor, param(call, 'id'), call.body)),
      ),
  }),
]
