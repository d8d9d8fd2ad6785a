import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { research } from '../../src/cli/demo/applications.ts'
import { loadDataset } from '../../src/flow/load.ts'
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

/** On which tick after its request each run ended. */
async function ticksOf(pace: 'fixed' | 'none', bodies: readonly string[]): Promise<number[]> {
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
    return Math.floor((Date.now() - Date.parse(run.createdAt)) / TICK)
  }
  return Promise.all(bodies.map(ended))
}

const QUIET = 'return {"n": 1}'
const LOUD = 'while True: pass'

describe.skipIf(jail === undefined)('when a run of a person function ends', () => {
  test('says nothing of how long its persons took, and would without the pace', async () => {
    const [quiet = 0, loud = 0] = await ticksOf('none', [QUIET, LOUD])
    expect(loud - quiet).toBeGreaterThanOrEqual(4)
    // 10 s to start and 30 persons of 270 ms, on whole ticks of one second.
    expect(await ticksOf('fixed', [QUIET, LOUD])).toEqual([19, 19])
  }, 120_000)
})
