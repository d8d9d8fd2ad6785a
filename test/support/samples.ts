import type { Run } from '../../src/domain/analysis.ts'
import type { Event } from '../../src/domain/event.ts'
import { gatewayActor } from '../../src/domain/role.ts'

/** The least event and entity, for tests that need any. */
export const anEvent = (over: Partial<Event> = {}): Event => ({
  type: 'security',
  actor: gatewayActor,
  about: 'run/1',
  facts: {},
  ...over,
})

export const aRun = (id: string, over: Partial<Run> = {}): Run => ({
  id,
  permit: 'permit/1',
  analysis: 'analysis/1',
  dataset: 'north',
  purpose: 'scientific-research',
  state: 'queued',
  requestedBy: 'ada',
  createdAt: '2030-01-01T00:00:00.000Z',
  charged: 0,
  ...over,
})
