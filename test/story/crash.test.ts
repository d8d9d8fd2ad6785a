import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { client, settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import { people } from '../../src/cli/demo/people.ts'
import { mintDevToken } from '../../src/identity/dev.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vitrine-crash-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const vitrine = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['bin/vitrine.mjs', ...args], {
    env: { ...process.env, VITRINE_DIR: directory, VITRINE_PORT: '0', VITRINE_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

async function output(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`exit ${code}: ${text}`)
  return text
}

const loadNorth = (): ChildProcess =>
  vitrine([
    'load',
    resolve('fhir-fixtures/north'),
    '--dataset',
    'north',
    '--json',
    '--insecure-dev',
  ])

async function serve(): Promise<{ child: ChildProcess; url: string }> {
  const child = vitrine(['serve', '--json', '--insecure-dev'])
  for await (const chunk of child.stdout ?? []) {
    const url = /"url":"([^"]+)"/.exec(String(chunk))?.[1]
    if (url !== undefined) return { child, url }
  }
  throw new Error('serve ended')
}

const snapshots = async (): Promise<string[]> =>
  (await readdir(join(directory, 'snapshots')).catch(() => [])).filter((it) =>
    /^[0-9a-f]{64}$/.test(it),
  )

test('kill -9 during a load: no half snapshot, and the next load gives the undisturbed digest', async () => {
  const undisturbed = JSON.parse(await output(loadNorth())) as { snapshot: string }
  await rm(join(directory, 'snapshots'), { recursive: true, force: true })
  for (const ms of [300, 900, 1500, 2200]) {
    const child = loadNorth()
    await sleep(ms)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await snapshots()).filter((it) => it !== undisturbed.snapshot)).toEqual([])
  }
  const after = JSON.parse(await output(loadNorth())) as { snapshot: string }
  expect(after.snapshot).toBe(undisturbed.snapshot)
  expect(await snapshots()).toEqual([undisturbed.snapshot])
}, 120_000)

test('kill -9 during a run: it is done after the restart, charged once, and the log is whole', async () => {
  const token = (actor: {
    subject: string
    role: 'data-user' | 'access-body'
    organisation: string
  }) => mintDevToken({ directory: join(directory, 'keys'), ...actor, ttl: 3600 })
  const first = await serve()
  const tokens = { user: await token(people.researcher), officer: await token(people.officer) }
  let user = client(first.url, tokens.user)
  const officer = client(first.url, tokens.officer)
  const data = { ...research.data, datasets: ['north'] }
  const { id } = await user.post<{ id: string }>('/applications', { ...research, data })
  const { decision } = await officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { analysisApproval: 'proven', rho: 0.5 },
    },
  )
  const analysis = await user.post<{ id: string; digest: string }>(
    `/permits/${decision.permit}/analyses`,
    {
      name: 'Count',
      language: 'sql',
      text: 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex',
    },
  )
  type RunView = { id: string; state: string; charged: number; meter: { spent: number } }
  const run = await user.post<RunView>(`/analyses/${analysis.id}/runs`, {
    dataset: 'north',
    purpose: 'scientific-research',
    digest: analysis.digest,
  })
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await serve()
  user = client(second.url, tokens.user)
  await settled(user, run)
  const after = await user.get<RunView>(`/runs/${run.id}`)
  expect(after.meter.spent).toBe(run.meter.spent)
  expect(after.meter.spent).toBe(run.charged)
  const released = await user.get<{ rows: unknown[] }>(
    `/runs/${run.id}/output?purpose=scientific-research`,
  )
  expect(released.rows.length).toBeGreaterThan(0)
  second.child.kill('SIGTERM')
  await once(second.child, 'exit')
  expect(await output(vitrine(['log', 'verify', '--json']))).toContain('"verified":true')
}, 120_000)
