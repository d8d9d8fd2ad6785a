import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { research } from '../../src/cli/demo/applications.ts'
import { executeRun } from '../../src/flow/execute.ts'
import { need } from '../../src/flow/gate.ts'
import { loadDataset } from '../../src/flow/load.ts'
import { requestRun } from '../../src/flow/run.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'
import { pythonJail } from '../support/scripts.ts'

/**
 * A person function chooses how long each person takes. Whoever it lets loop for those with a secret would read from the end
 * of the run how many there are, or whether one person is among them, without any noise. Two functions with one answer, one
 * of them looping for everybody, must end on one tick; the control is a gateway without the pace.
 */
const jail = await pythonJail()
const PERSONS = 30
const TICK = 1000
const open: Gateway[] = []
afterAll(async () => {
  for (const gateway of open) await gateway.close()
})

async function small(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'vitrine-clock-'))
  const patients = Array.from({ length: PERSONS }, (_, i) =>
    JSON.stringify({
      resourceType: 'Patient',
      id: `p${i}`,
      gender: 'female',
      birthDate: '1980-01-01',
    }),
  )
  await writeFile(join(directory, 'Patient.ndjson'), `${patients.join('\n')}\n`)
  return directory
}

/** On which tick after its request, or its start `behind` other runs for so many milliseconds, each run ended. */
async function ticksOf(
  pace: 'fixed' | 'none',
  bodies: readonly string[],
  behind?: number,
): Promise<number[]> {
  const gateway = await openGateway([], {
    VITRINE_TICK_MS: String(TICK),
    VITRINE_PERSON_MS: '250',
    VITRINE_SCRIPT_PACE: pace,
  })
  open.push(gateway)
  const { researcher, officer } = gateway.by
  await loadDataset(
    gateway.composed.house,
    { subject: 'steward', role: 'data-holder', organisation: 'East' },
    { id: 'east', title: 'East', directory: await small() },
  )
  const data = { ...research.data, datasets: ['east'] }
  const { id } = await researcher.post<{ id: string }>('/applications', {
    ...research,
    tools: ['sql', 'python'],
    data,
  })
  const { decision } = await officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { analysisApproval: 'proven', rho: 1 },
    },
  )
  const ended = async (body: string): Promise<number> => {
    const field = {
      name: 'n',
      type: 'integer',
      domain: { kind: 'range', min: 0, max: 9, step: 1 },
      otherwise: 1,
    } as const
    const analysis = await researcher.post<{ id: string; digest: string }>(
      `/permits/${decision.permit}/analyses`,
      {
        name: 'Clock',
        language: 'sql',
        text: 'SELECT n, count(*) AS persons FROM frame GROUP BY n',
        script: {
          mode: 'person',
          language: 'python',
          text: `def person(records):\n    ${body}\n`,
          reads: { patient: ['sex'] },
          fields: [field],
        },
      },
    )
    const { digest } = analysis
    await officer.post(`/analyses/${analysis.id}/decision`, {
      outcome: 'approve',
      digest,
      reason: 'Read.',
    })
    if (behind !== undefined) return late(gateway, analysis, behind)
    const run = await researcher.post<{ id: string; createdAt: string }>(
      `/analyses/${analysis.id}/runs`,
      {
        dataset: 'east',
        purpose: 'scientific-research',
        digest,
      },
    )
    let state = 'queued'
    while (state === 'queued' || state === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 50))
      ;({ state } = await researcher.get<{ state: string }>(`/runs/${run.id}`))
    }
    expect(state).toBe('finished')
    return lasted(gateway, run.id)
  }
  return Promise.all(bodies.map(ended))
}

/** Ticks between the events of a run's start and of its end: what its readers can tell, without their own delays. */
async function lasted({ composed: { house } }: Gateway, id: string): Promise<number> {
  const at = async (type: string): Promise<number> => {
    const { items } = await house.store.events({ about: `run/${id}`, type, limit: 1 })
    return Date.parse(items[0]?.at ?? '')
  }
  return Math.round(((await at('run-finished')) - (await at('run-started'))) / TICK)
}

/** A run that was requested so long ago and had to wait; ticks from its start to its end. */
async function late(
  gateway: Gateway,
  { id: analysis, digest }: Readonly<{ id: string; digest: string }>,
  behind: number,
): Promise<number> {
  const { house } = gateway.composed
  const actor = {
    subject: 'lind',
    role: 'data-user',
    organisation: 'University of Example',
  } as const
  const purpose = 'scientific-research'
  const { id } = await requestRun(house, actor, analysis, { dataset: 'east', purpose, digest })
  const { value, version } = await need(house, 'run', id)
  const createdAt = new Date(Date.parse(value.createdAt) - behind).toISOString()
  const event = { type: 'run-requested', actor, about: `run/${id}`, facts: {} } as const
  await house.store.commit([{ put: 'run', value: { ...value, createdAt }, version }], [event])
  await executeRun(house, id)
  expect((await need(house, 'run', id)).value.state).toBe('finished')
  return lasted(gateway, id)
}

const QUIET = 'return {"n": 1}'
const LOUD = 'while True: pass'

describe.skipIf(jail === undefined)('when a run of a person function ends', () => {
  test('says nothing of how long its persons took, and would without the pace', async () => {
    const [quiet = 0, loud = 0] = await ticksOf('none', [QUIET, LOUD])
    expect(loud - quiet).toBeGreaterThanOrEqual(4)
    // 10 s to start and 30 persons of 270 ms, on whole ticks of one second.
    const fixed = [ticksOf('fixed', [QUIET, LOUD]), ticksOf('fixed', [QUIET, LOUD], 15_000)]
    expect(await Promise.all(fixed)).toEqual([
      [19, 19],
      [19, 19],
    ])
  }, 240_000)
})
