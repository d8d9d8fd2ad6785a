import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { client } from '../../src/cli/client.ts'
import { compose } from '../../src/cli/compose.ts'
import { readConfig } from '../../src/cli/config.ts'
import { research } from '../../src/cli/demo/applications.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'

let gateway: Gateway
let permit: string
let analysis: { id: string; digest: string }
beforeAll(async () => {
  gateway = await openGateway(['east'])
  const { researcher, officer } = gateway.by
  const data = { ...research.data, datasets: ['east'] }
  const { id } = await researcher.post<{ id: string }>('/applications', { ...research, data })
  const { decision } = await officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { analysisApproval: 'proven', rho: 0.5 },
    },
  )
  permit = decision.permit
  analysis = await researcher.post(`/permits/${permit}/analyses`, {
    name: 'Count',
    language: 'sql',
    text: 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex',
  })
})
afterAll(() => gateway.close())

const env = () => ({ VITRINE_DIR: gateway.directory, DATABASE_URL: gateway.databaseUrl })
const body = () => ({ dataset: 'east', purpose: 'scientific-research', digest: analysis.digest })

test('a command beside the gateway does not do its runs again', async () => {
  const { store } = gateway.composed.house
  const run = await gateway.by.researcher.post<{ id: string }>(
    `/analyses/${analysis.id}/runs`,
    body(),
  )
  await expect
    .poll(async () => (await store.get('run', run.id))?.value.state, { timeout: 20_000 })
    .toBe('finished')
  const found = await store.get('run', run.id)
  if (found === undefined) throw new Error('no run')
  // As the gateway that is doing it would show it to anybody else.
  const { output: _, ...rest } = found.value
  const running = { ...rest, state: 'running' } as const
  const actor = { subject: 'test', role: 'gateway', organisation: 'test' } as const
  await store.commit(
    [{ put: 'run', value: running, version: found.version }],
    [{ type: 'run-started', actor, about: `run/${run.id}`, facts: {} }],
  )
  const note = () => undefined
  const beside = await compose(readConfig(env()), { inventedData: true, serves: false, note })
  await beside.close()
  expect((await store.get('run', run.id))?.value.state).toBe('running')
})

test('SIGTERM during a run: it ends, the process says nothing wrong, and no run stays half done', async () => {
  const child = spawn(process.execPath, ['bin/vitrine.mjs', 'serve', '--json', '--insecure-dev'], {
    env: { ...process.env, ...env(), VITRINE_PORT: '0', VITRINE_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const url = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const found = /"url":"([^"]+)"/.exec(chunk.toString())?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const user = client(url, gateway.tokens.researcher)
  const run = await user.post<{ id: string }>(`/analyses/${analysis.id}/runs`, body())
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code).toBe(0)
  expect(said).not.toMatch(/error|\n\s+at /i)
  const { store, log } = gateway.composed.house
  expect((await store.get('run', run.id))?.value.state).toBe('finished')
  const { items } = await store.list('run', { where: { state: 'running' }, limit: 1000 })
  expect(items).toEqual([])
  expect(await store.list('output', { where: { state: 'checked' } })).toEqual({ items: [] })
  expect((await log.verify()).verified).toBe(true)
}, 60_000)
