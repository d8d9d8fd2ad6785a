import { castVote, consolidateReview, listReviews, readLog, readReview } from '../flow/review.ts'
import { page } from './answer.ts'
import { review, reviewedTable, transcript } from './answer-review.ts'
import { plain } from './plain.ts'
import { transcript as inside, metadata, reviewable } from './reply.ts'
import { checkerRoute, param, type Route, route } from './route.ts'
import { ballotBody, pageQuery } from './schema.ts'

export const reviewRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/reviews',
    summary: 'Outputs that wait for output checkers, oldest first, with their clocks',
    roles: ['output-checker', 'access-body'],
    query: pageQuery,
    answer: page(review),
    handle: async (house, call) =>
      metadata(page(review), plain(await listReviews(house, call.actor, call.query))),
  }),
  checkerRoute({
    method: 'get',
    path: '/reviews/:id',
    summary: 'The table under review, its evidence and earlier releases; every reading is logged',
    roles: ['output-checker'],
    answer: reviewedTable,
    handle: async (house, call) =>
      reviewable(await readReview(house, call.actor, param(call, 'id'))),
  }),
  checkerRoute({
    method: 'get',
    path: '/runs/:id/log',
    summary: 'What a failed script printed and how it ended, before its analysis may go on',
    roles: ['output-checker'],
    answer: transcript,
    handle: async (house, call) => inside(await readLog(house, call.actor, param(call, 'id'))),
  }),
  route({
    method: 'post',
    path: '/reviews/:id/votes',
    summary: 'Vote on exactly the bytes that were read, without seeing the other votes',
    roles: ['output-checker'],
    body: ballotBody,
    answer: review,
    idempotent: true,
    handle: async (house, call) =>
      metadata(
        review,
        plain(await castVote(house, call.actor, param(call, 'id'), call.body, call.once)),
      ),
  }),
  route({
    method: 'post',
    path: '/reviews/:id/consolidation',
    summary: 'After a disagreement: a checker’s last word, or the end put to it by the access body',
    roles: ['output-checker', 'access-body'],
    body: ballotBody,
    answer: review,
    idempotent: true,
    handle: async (house, call) =>
      metadata(
        review,
        plain(await consolidateReview(house, call.actor, param(call, 'id'), call.body, call.once)),
      ),
  }),
]
