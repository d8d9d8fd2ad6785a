import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { research } from '../../src/cli/demo/applications.ts'
import { people } from '../../src/cli/demo/people.ts'
import { Problem } from '../../src/domain/problem.ts'
import { submitAnalysis } from '../../src/flow/analyse.ts'
import { submitApplication } from '../../src/flow/apply.ts'
import { decideApplication } from '../../src/flow/decide.ts'
import { executeRun } from '../../src/flow/execute.ts'
import type { House } from '../../src/flow/house.ts'
import { listPermits, permitNow } from '../../src/flow/permit.ts'
import { requestRun, viewRun } from '../../src/flow/run.ts'
import { forgetUnissued } from '../../src/flow/workspace.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'

/** The steps themselves over a real house; where a failure has to come at one moment, one capability is bent. */
let gateway: Gateway
let house: House
beforeAll(async () => {
  gateway = await openGateway(['east'])
  house = gateway.composed.house
})
afterAll(() => gateway.close())

const { researcher, advertiser, officer } = people
const content = { ...research, data: { ...research.data, datasets: ['east'] } }
const approval = {
  outcome: 'approve',
  reason: 'Fine.',
  articles: [],
  conditions: { analysisApproval: 'proven', rho: 0.5 },
} as const

async function permitted(): Promise<string> {
  const { id } = await submitApplication(house, researcher, content)
  const { decision } = await decideApplication(house, officer, id, approval)
  if (decision?.permit === undefined) throw new Error('no permit')
  return decision.permit
}

const rooms = () => readdir(join(house.directory, 'workspaces'))

async function codeOf(step: Promise<unknown>): Promise<string> {
  const error = await step.then(
    () => undefined,
    (it: unknown) => it,
  )
  return error instanceof Problem ? error.code : 'none'
}

async function queued(count: number): Promise<string[]> {
  const permit = await permitted()
  const text = 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex'
  const script = { name: 'Count', language: 'sql', text } as const
  const { id, digest } = await submitAnalysis(house, researcher, permit, script)
  const body = { dataset: 'east', digest, purpose: 'scientific-research' } as const
  const runs = []
  for (let i = 0; i < count; i++) runs.push(await requestRun(house, researcher, id, body))
  return runs.map((it) => it.id)
}

test('two decisions at once: one permit, and nothing of the other', async () => {
  const { id } = await submitApplication(house, researcher, content)
  const decided = await Promise.allSettled(
    [1, 2].map(() => decideApplication(house, officer, id, approval)),
  )
  expect(decided.map((it) => it.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const { items } = await house.store.list('permit', {})
  expect((await rooms()).toSorted()).toEqual(items.map((it) => it.value.id).toSorted())
})

test('an approval whose commit is lost on the way back keeps the workspaces of its permit', async () => {
  const { id } = await submitApplication(house, researcher, content)
  const deaf: House = {
    ...house,
    store: {
      ...house.store,
      commit: async (change, events) => {
        const done = await house.store.commit(change, events)
        if (change.length > 0) throw new Problem('store-unavailable')
        return done
      },
    },
  }
  expect(await codeOf(decideApplication(deaf, officer, id, approval))).toBe('store-unavailable')
  const { items } = await house.store.list('permit', { limit: 1 })
  const permit = items[0]?.value
  expect(permit?.application).toBe(id)
  const workspace = permit?.workspaces['east']
  const file = join(house.directory, 'workspaces', String(permit?.id), `${workspace}.duckdb`)
  expect(existsSync(file)).toBe(true)
})

test('what a crash left of a permit that was never issued is removed at start, and nothing else', async () => {
  const issued = await permitted()
  const workspaces = join(house.directory, 'workspaces')
  for (const room of ['workspaces', 'escrow'])
    await mkdir(join(house.directory, room, 'permit-0badc0de'), { recursive: true })
  await mkdir(join(workspaces, 'of-somebody'))
  for (const id of ['permit-0badc0de', issued])
    await writeFile(join(workspaces, `${id}.pending`), '')
  await forgetUnissued(house)
  const left = await rooms()
  expect(left).toContain(issued)
  expect(left).toContain('of-somebody')
  expect(left.filter((it) => it.includes('pending') || it.includes('0badc0de'))).toEqual([])
  expect(await readdir(join(house.directory, 'escrow'))).not.toContain('permit-0badc0de')
})

test('many readers of a permit whose time has passed: all see it expired, one event says so', async () => {
  const id = await permitted()
  const later: House = { ...house, clock: { now: () => new Date('2099-01-01') } }
  const seen = await Promise.all([1, 2, 3, 4, 5].map(() => permitNow(later, id)))
  expect(new Set(seen.map((it) => it.value.state))).toEqual(new Set(['expired']))
  const { items } = await house.store.events({ about: `permit/${id}`, type: 'permit-expired' })
  expect(items).toHaveLength(1)
})

test('the list of permits shows none as granted whose time has passed', async () => {
  await permitted()
  const later: House = { ...house, clock: { now: () => new Date('2099-01-01') } }
  const { items } = await listPermits(later, officer, { limit: 200 })
  expect(new Set(items.map((it) => it.state))).toEqual(new Set(['expired']))
})

test('who may see no permit cannot count those of others by turning pages', async () => {
  await permitted()
  await permitted()
  expect(await listPermits(house, advertiser, { limit: 1 })).toEqual({ items: [] })
  let after: string | undefined
  const seen: string[] = []
  do {
    const page = await listPermits(house, researcher, { limit: 2, after })
    seen.push(...page.items.map((it) => it.id))
    after = page.next
  } while (after !== undefined)
  const { items } = await house.store.list('permit', { limit: 1000 })
  expect(seen).toEqual(items.map((it) => it.value.id))
})

test('two runs of one analysis that die at once are both failed, and it is suspended', async () => {
  const ids = await queued(2)
  const fatal: House = {
    ...house,
    engine: {
      ...house.engine,
      query: async () => {
        throw new Problem('run-failed', { died: true })
      },
    },
    store: {
      ...house.store,
      // Both have read the analysis before either writes it.
      commit: async (change, events) => {
        if (change.some((it) => 'put' in it && it.put === 'analysis')) await sleep(300)
        return house.store.commit(change, events)
      },
    },
  }
  await Promise.all(ids.map((id) => executeRun(fatal, id)))
  const runs = await Promise.all(ids.map((id) => house.store.get('run', id)))
  expect(runs.map((it) => it?.value.state)).toEqual(['failed', 'failed'])
  const analysis = await house.store.get('analysis', runs[0]?.value.analysis ?? '')
  expect(analysis?.value.state).toBe('suspended')
})

test('a run is shown as finished only once its output can be read', async () => {
  const [id = ''] = await queued(1)
  const states: string[] = []
  const watching: House = {
    ...house,
    store: {
      ...house.store,
      commit: async (change, events) => {
        const done = await house.store.commit(change, events)
        const found = await house.store.get('run', id)
        if (found !== undefined) states.push((await viewRun(house, found.value)).state)
        return done
      },
    },
  }
  await executeRun(watching, id)
  const found = await house.store.get('run', id)
  if (found === undefined) throw new Error('no run')
  expect(states.at(-2)).toBe('running')
  expect((await viewRun(house, found.value)).state).toBe('finished')
})
