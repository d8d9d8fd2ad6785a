import { setTimeout as sleep } from 'node:timers/promises'
import { research } from '../../../src/cli/demo/applications.ts'
import type { Gateway } from '../../support/gateway.ts'
import { BUDGET, questions, VARIANCE } from './questions.ts'

/** What an attacker sees of one question, channel by channel. Identifiers, instants, digests, rows and labels are left out. */
export const channels = ['status', 'shape', 'refusal', 'tick', 'meter'] as const
export type Channel = (typeof channels)[number]
export type Observation = Readonly<{ what: string }> & Readonly<Record<Channel, string>>

type Body = Readonly<Record<string, unknown>>
type Answer = Readonly<{ status: number; body: Body }>
type Seen = {
  status: number[]
  shape: unknown[]
  refusal: string
  tick: number | string
  meter: unknown[]
}

const call = async (
  { url, tokens }: Gateway,
  path: string,
  body?: unknown,
  as: 'researcher' | 'officer' = 'researcher',
): Promise<Answer> => {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${tokens[as]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Body }
}

/** Keys and types all the way down; a list is the set of what its items are, so that how many rows are shown is left out. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value))
    return [...new Set(value.map((it) => JSON.stringify(shapeOf(it))))].sort()
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, shapeOf(it)]))
}
const tableShape = ({ columns, statement, rows: _, receipt, digest }: Body): unknown => ({
  columns,
  // Which of the rules applied, and at what price, is told in figures.
  statement,
  // The path in the log's tree has the length of the log.
  receipt: Object.keys(receipt as object),
  digest: typeof digest,
})

async function permitted(gateway: Gateway): Promise<string> {
  const content = { ...research, data: { ...research.data, datasets: ['east'] } }
  const { body } = await call(gateway, '/applications', content)
  const conditions = { analysisApproval: 'proven', rho: BUDGET, variance: VARIANCE, k: 10 }
  const decision = { outcome: 'approve', reason: 'Fine.', conditions }
  const decided = await call(gateway, `/applications/${body['id']}/decision`, decision, 'officer')
  return String((decided.body['decision'] as Body)['permit'])
}

type Asked = { seen: Seen; run: Body }

async function ask(
  gateway: Gateway,
  permit: string,
  text: string,
  seen: Seen,
): Promise<Asked | undefined> {
  const note = ({ status, body }: Answer): Body | undefined => {
    seen.status.push(status)
    if (status < 400) return body
    seen.refusal = JSON.stringify(body).replaceAll(permit, 'PERMIT')
    return undefined
  }
  const checked = note(await call(gateway, `/permits/${permit}/checks`, { text }))
  seen.shape.push(shapeOf(checked))
  seen.meter.push(checked?.['rho'], checked?.['meter'], checked?.['after'])
  const script = { name: 'Question', language: 'sql', text }
  const analysis = note(await call(gateway, `/permits/${permit}/analyses`, script))
  seen.shape.push(shapeOf(analysis))
  if (analysis === undefined) return undefined
  const body = { dataset: 'east', purpose: research.purpose, digest: analysis['digest'] }
  const run = note(await call(gateway, `/analyses/${analysis['id']}/runs`, body))
  seen.shape.push(shapeOf(run))
  seen.meter.push(run?.['charged'], run?.['meter'])
  return run === undefined ? undefined : { seen, run }
}

/** Polls until the run is over, notes on which tick it was seen so, and reads what it answered. */
async function follow(gateway: Gateway, { seen, run }: Asked): Promise<void> {
  for (;;) {
    const { status, body } = await call(gateway, `/runs/${run['id']}`)
    if (body['state'] !== 'queued' && body['state'] !== 'running') {
      const passed = Date.now() - Date.parse(String(run['createdAt']))
      seen.tick = `${String(body['state'])} on tick ${Math.floor(passed / gateway.composed.house.tickMs)}`
      seen.status.push(status)
      seen.shape.push(shapeOf(body))
      break
    }
    await sleep(100)
  }
  const output = await call(gateway, `/runs/${run['id']}/output?purpose=${research.purpose}`)
  seen.status.push(output.status)
  seen.shape.push(output.status === 200 ? tableShape(output.body) : output.body)
}

/** One trial: a fresh permit, with noise of its own, and every question. */
export async function trial(gateway: Gateway): Promise<readonly Observation[]> {
  const permit = await permitted(gateway)
  const all: Readonly<{ what: string; seen: Seen }>[] = []
  const asked: Asked[] = []
  for (const { what, text } of questions) {
    const seen: Seen = { status: [], shape: [], refusal: 'none', tick: 'never ran', meter: [] }
    all.push({ what, seen })
    const run = await ask(gateway, permit, text, seen)
    if (run !== undefined) asked.push(run)
  }
  await Promise.all(asked.map((it) => follow(gateway, it)))
  return all.map(({ what, seen }) => ({
    what,
    status: seen.status.join(' '),
    shape: JSON.stringify(seen.shape),
    refusal: seen.refusal,
    tick: String(seen.tick),
    meter: JSON.stringify(seen.meter),
  }))
}
