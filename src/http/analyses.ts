import {
  checkView,
  decideAnalysis,
  listAnalyses,
  submitAnalysis,
  viewAnalysis,
} from '../flow/analyse.ts'
import { analysis, check, page } from './answer.ts'
import { plain } from './plain.ts'
import { metadata } from './reply.ts'
import { param, type Route, route } from './route.ts'
import { analysisBody, approvalBody, checkBody, pageQuery } from './schema.ts'

const readers = ['data-user', 'access-body', 'output-checker', 'auditor'] as const

export const analysisRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/permits/:id/checks',
    summary: 'Prove a query and show its price, without submitting it',
    roles: ['data-user'],
    body: checkBody,
    answer: check,
    handle: async (house, call) =>
      metadata(check, plain(await checkView(house, call.actor, param(call, 'id'), call.body))),
  }),
  route({
    method: 'post',
    path: '/permits/:id/analyses',
    summary: 'Submit a script; approval binds to its digest',
    roles: ['data-user'],
    body: analysisBody,
    answer: analysis,
    status: 201,
    idempotent: true,
    handle: async (house, call) =>
      metadata(
        analysis,
        plain(await submitAnalysis(house, call.actor, param(call, 'id'), call.body, call.once)),
        201,
      ),
  }),
  route({
    method: 'get',
    path: '/permits/:id/analyses',
    summary: 'Analyses of a permit, newest first',
    roles: readers,
    query: pageQuery,
    answer: page(analysis),
    handle: async (house, call) =>
      metadata(
        page(analysis),
        plain(await listAnalyses(house, call.actor, param(call, 'id'), call.query)),
      ),
  }),
  route({
    method: 'get',
    path: '/analyses/:id',
    summary: 'One analysis',
    roles: readers,
    answer: analysis,
    handle: async (house, call) =>
      metadata(analysis, plain(await viewAnalysis(house, call.actor, param(call, 'id')))),
  }),
  route({
    method: 'post',
    path: '/analyses/:id/decision',
    summary: 'Approve or refuse exactly these bytes, or release a suspended analysis',
    roles: ['access-body', 'output-checker'],
    body: approvalBody,
    answer: analysis,
    handle: async (house, call) =>
      metadata(
        analysis,
        plain(await decideAnalysis(house, call.actor, param(call, 'id'), call.body)),
      ),
  }),
]
