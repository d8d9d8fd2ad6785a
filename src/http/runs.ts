import { readFigure, readOutput } from '../flow/release.ts'
import { cancelRun, listRuns, ownRun, requestRun, viewRun } from '../flow/run.ts'
import { page, releasedTable, run } from './answer.ts'
import { plain } from './plain.ts'
import { figure, metadata, released } from './reply.ts'
import { param, type Route, route } from './route.ts'
import { emptyBody, pageQuery, readQuery, runBody } from './schema.ts'

const readers = ['data-user', 'access-body', 'output-checker', 'auditor'] as const

export const runRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/analyses/:id/runs',
    summary: 'Ask for a run; the budget is charged before it starts',
    roles: ['data-user'],
    body: runBody,
    answer: run,
    status: 202,
    idempotent: true,
    handle: async (house, call) => {
      const asked = await requestRun(house, call.actor, param(call, 'id'), call.body, call.once)
      house.kick()
      return metadata(run, plain(await viewRun(house, asked)), 202)
    },
  }),
  route({
    method: 'get',
    path: '/permits/:id/runs',
    summary: 'Runs of a permit, newest first',
    roles: readers,
    query: pageQuery,
    answer: page(run),
    handle: async (house, call) => {
      const { items, next } = await listRuns(house, call.actor, param(call, 'id'), call.query)
      const views = await Promise.all(items.map((it) => viewRun(house, it)))
      return metadata(page(run), plain({ items: views, ...(next === undefined ? {} : { next }) }))
    },
  }),
  route({
    method: 'get',
    path: '/runs/:id',
    summary: 'A run: its state, and nothing about how it went',
    roles: readers,
    answer: run,
    handle: async (house, call) => {
      const { value } = await ownRun(house, call.actor, param(call, 'id'))
      return metadata(run, plain(await viewRun(house, value)))
    },
  }),
  route({
    method: 'post',
    path: '/runs/:id/cancellation',
    summary: 'Cancel a queued or running run; its charge stays',
    roles: ['data-user', 'access-body'],
    body: emptyBody,
    answer: run,
    handle: async (house, call) => {
      const cancelled = await cancelRun(house, call.actor, param(call, 'id'))
      return metadata(run, plain(await viewRun(house, cancelled)))
    },
  }),
  route({
    method: 'get',
    path: '/runs/:id/output',
    summary: 'The released table with its privacy statement and receipt',
    roles: ['data-user'],
    query: readQuery,
    answer: releasedTable,
    handle: async (house, call) =>
      released(await readOutput(house, call.actor, param(call, 'id'), call.query.purpose)),
  }),
  route({
    method: 'get',
    path: '/runs/:id/outputs/:name',
    summary: 'One released output of a script over the whole workspace',
    roles: ['data-user'],
    query: readQuery,
    answer: releasedTable,
    handle: async (house, call) => {
      const { purpose } = call.query
      const id = param(call, 'id')
      return released(await readOutput(house, call.actor, id, purpose, param(call, 'name')))
    },
  }),
  route({
    method: 'get',
    path: '/runs/:id/outputs/:name/figure',
    summary: 'A released figure, drawn from its released points',
    roles: ['data-user'],
    query: readQuery,
    answer: 'text',
    media: 'image/svg+xml',
    handle: async (house, call) => {
      const { purpose } = call.query
      const id = param(call, 'id')
      const read = await readFigure(house, call.actor, id, purpose, param(call, 'name'))
      return figure(read.table, read.title)
    },
  }),
]
