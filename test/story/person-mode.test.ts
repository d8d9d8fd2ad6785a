import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import { people } from '../../src/cli/demo/people.ts'
import { sha256 } from '../../src/domain/digest.ts'
import { Problem } from '../../src/domain/problem.ts'
import { decideAnalysis, submitAnalysis } from '../../src/flow/analyse.ts'
import { executeRun } from '../../src/flow/execute.ts'
import type { House } from '../../src/flow/house.ts'
import { installed, runtimeOf } from '../../src/flow/question.ts'
import { requestRun } from '../../src/flow/run.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { createScripts } from '../../src/sandbox/script/scripts.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'
import { pythonJail } from '../support/scripts.ts'

/** A script of a researcher on its way through the story, over HTTP where it can be, in Python in the real jail. */
const jail = await pythonJail()
const withPython = describe.skipIf(jail === undefined)
let gateway: Gateway
let house: House
let permit: string
beforeAll(async () => {
  gateway = await openGateway(['east'])
  house = gateway.composed.house
  if (jail !== undefined) permit = await permitted(['sql', 'python'])
})
afterAll(() => gateway.close())

async function permitted(tools: string[]): Promise<string> {
  const content = { ...research, tools, data: { ...research.data, datasets: ['east'] } }
  const { id } = await gateway.by.researcher.post<{ id: string }>('/applications', content)
  const { decision } = await gateway.by.officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { analysisApproval: 'proven', rho: 1 },
    },
  )
  return decision.permit
}

const MARKER = 'of-nobody-7c1e'
const BAND = `# ${MARKER}
def person(records):
    one = records["patient"][0]
    band = "women" if one["sex"] == "female" else "men"
    return {"band": band, "tests": len(records["observation"])}`
const band = {
  name: 'band',
  type: 'text',
  domain: { kind: 'enum', values: ['women', 'men'] },
  otherwise: 'men',
} as const
const tests = {
  name: 'tests',
  type: 'integer',
  domain: { kind: 'range', min: 0, max: 20, step: 1 },
  otherwise: 0,
} as const
const script = {
  mode: 'person',
  language: 'python',
  text: BAND,
  reads: { patient: ['sex'], observation: ['code'] },
  fields: [band, tests],
} as const
const analysis = {
  name: 'Bands',
  language: 'sql',
  text: 'SELECT band, count(*) AS persons, avg(tests) AS tests FROM frame GROUP BY band',
  script,
} as const
type Body = Readonly<Record<string, unknown>>
type Answer = Readonly<{
  id: string
  state: string
  digest: string
  report: { amendment: string; base?: string; changed: number[]; unmentioned: string[] }
}>

const submit = (body: Body = analysis, to = permit): Promise<Answer> =>
  gateway.by.researcher.post(`/permits/${to}/analyses`, body)
const approve = ({ id, digest }: Answer): Promise<Answer> =>
  gateway.by.officer.post(`/analyses/${id}/decision`, {
    outcome: 'approve',
    digest,
    reason: 'Read, with its report.',
  })
type RunView = Readonly<{ id: string; state: string; charged: number }>
const ask = ({ id, digest }: Answer): Promise<RunView> =>
  gateway.by.researcher.post(`/analyses/${id}/runs`, {
    dataset: 'east',
    purpose: 'scientific-research',
    digest,
  })
const withText = (text: string): Body => ({ ...analysis, script: { ...script, text } })

async function rule(step: Promise<unknown>): Promise<unknown> {
  const error = await step.then(
    () => undefined,
    (it: unknown) => it,
  )
  return error instanceof Problem ? (error.facts.rule ?? error.code) : error
}

/** Directories that runs of this gateway have open. */
const scratch = (): string[] => {
  const prefix = `vitrine-open-${sha256(house.directory).slice(0, 12)}`
  return ['/dev/shm', tmpdir()].flatMap((room) =>
    readdirSync(room).filter((it) => it.startsWith(prefix)),
  )
}

withPython('what a script needs', () => {
  test('its language among the tools of the permit', async () => {
    const other = await permitted(['sql'])
    expect(await rule(submit(analysis, other))).toBe('analysis-tool')
    const read = await gateway.by.researcher.get<{ tools: string[]; runtimes: object }>(
      `/permits/${permit}`,
    )
    expect(read.tools).toEqual(['sql', 'python'])
    expect(Object.keys(read.runtimes)).toEqual(['python'])
  })
  test('columns of the permit, and a question of its frame alone', async () => {
    const wider = { ...analysis, script: { ...script, reads: { patient: ['region'] } } }
    expect(await rule(submit(wider))).toBe('ehds-73-1-d-column')
    const beyond = { ...analysis, text: 'SELECT sex, count(*) AS n FROM patient GROUP BY sex' }
    expect(await rule(submit(beyond))).toBe('table-unknown')
    const rows = { ...analysis, text: 'SELECT band, tests FROM frame' }
    expect(await rule(submit(rows))).toBe('release-rows')
  })
  test.each([
    ['a default outside its domain', { fields: [{ ...band, otherwise: 'nobody' }] }],
    ['a domain of another type', { fields: [{ ...band, domain: tests.domain }] }],
    ['no field', { fields: [] }],
    ['an open domain', { fields: [{ ...band, domain: { kind: 'open' } }] }],
    ['a name for the key', { fields: [{ ...band, name: 'person_id' }] }],
    ['nothing to read', { reads: {} }],
    ['another language', { language: 'perl' }],
    ['an unknown field of its own', { outputs: [] }],
    ['a NUL', { text: 'a\0b' }],
    ['more text than a script may have', { text: 'x'.repeat(250_001) }],
  ])('none of: %s', async (_, wrong) => {
    const step = submit({ ...analysis, script: { ...script, ...wrong } })
    await expect(step).rejects.toMatchObject({ code: 'invalid-input' })
  })
})

withPython('approval', () => {
  test('no proof stands in for the access body, whatever the permit says of proofs', async () => {
    expect((await submit()).state).toBe('submitted')
    const { script: _, ...sql } = analysis
    const text = 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex'
    expect((await submit({ ...sql, text })).state).toBe('approved')
  })
  test('binds to every byte of the code, what is declared, and the runtime', async () => {
    const digests = await Promise.all(
      [
        analysis,
        withText(`${BAND}\n`),
        { ...analysis, text: `${analysis.text} ` },
        { ...analysis, script: { ...script, fields: [band, { ...tests, otherwise: 1 }] } },
        {
          ...analysis,
          script: { ...script, reads: { ...script.reads, patient: ['sex', 'birth_date'] } },
        },
      ].map(async (it) => (await submit(it)).digest),
    )
    expect(new Set(digests).size).toBe(digests.length)
  })
  test('an amendment of code alone is light, and shows what changed since', async () => {
    const first = await submit({ ...analysis, name: 'Amended' })
    expect(first.report).toMatchObject({ amendment: 'first', unmentioned: ['observation.code'] })
    await approve(first)
    const changed = { ...withText(BAND.replace('"men"', '"women"')), name: 'Amended' }
    const second = await submit(changed)
    expect(second.report).toMatchObject({ amendment: 'light', base: first.id, changed: [4] })
    const read = await gateway.by.officer.get<Answer>(`/analyses/${second.id}`)
    expect(read.report).toEqual(second.report)
    const third = await submit({
      ...changed,
      text: 'SELECT band, count(*) AS n FROM frame GROUP BY 1',
    })
    expect(third.report.amendment).toBe('full')
  })
})

withPython('a run', () => {
  test('leaves by the way of SQL, and is charged by its script', async () => {
    const approved = await approve(await submit())
    const run = await ask(approved)
    expect(run.charged).toBeGreaterThan(0)
    await settled(gateway.by.researcher, run)
    const table = await gateway.by.researcher.get<{ columns: string[]; rows: unknown[][] }>(
      `/runs/${run.id}/output?purpose=scientific-research`,
    )
    expect(table.columns).toEqual(['band', 'persons', 'tests'])
    expect(table.rows.map((it) => it[0]).toSorted()).toEqual(['men', 'women'])
    // The same code again, or with another comment: charged again. Under the same noise, what code answers otherwise the
    // second time (an address, time that ran out) would show without any.
    const repeated = await ask(approved)
    expect(repeated.charged).toBe(run.charged)
    await settled(gateway.by.researcher, repeated)
    const respelled = await approve(await submit(withText(`${BAND} # again`)))
    const again = await ask(respelled)
    expect(again.charged).toBe(run.charged)
    await settled(gateway.by.researcher, again)
    expect(scratch()).toEqual([])
  })
  test('of code that fails for everybody is a table of defaults, not a failure', async () => {
    const approved = await approve(
      await submit(withText('def person(records): raise ValueError(1)')),
    )
    const run = await ask(approved)
    await settled(gateway.by.researcher, run)
    const { rows } = await gateway.by.researcher.get<{ rows: unknown[][] }>(
      `/runs/${run.id}/output?purpose=scientific-research`,
    )
    expect(rows.map((it) => it[0])).toEqual(['men'])
  })
  test('does not start in another runtime than the approved one', async () => {
    const { researcher, officer } = people
    const submitted = await submitAnalysis(house, researcher, permit, analysis)
    const { id, digest } = await decideAnalysis(house, officer, submitted.id, {
      outcome: 'approve',
      digest: submitted.digest,
      reason: 'Read.',
    })
    const body = { dataset: 'east', digest, purpose: 'scientific-research' } as const
    const updated: House = { ...house, scripts: { ...house.scripts, runtimes: otherRuntimes } }
    expect(await rule(requestRun(updated, researcher, id, body))).toBe('runtime-changed')
    const run = await requestRun(house, researcher, id, body)
    await executeRun(updated, run.id)
    expect((await house.store.get('run', run.id))?.value.state).toBe('failed')
    expect(scratch()).toEqual([])
  })
  const otherRuntimes = async () =>
    (await house.scripts.runtimes()).map((it) => ({ ...it, digest: sha256(it.digest) }))

  test('whose jail dies suspends the analysis until an output checker acts', async () => {
    const { researcher } = people
    const { id, digest } = await approve(await submit(withText(`${BAND} # dies`)))
    const body = { dataset: 'east', digest, purpose: 'scientific-research' } as const
    const run = await requestRun(house, researcher, id, body)
    const persons = async () => {
      throw new Problem('run-failed', { died: true })
    }
    await executeRun({ ...house, scripts: { ...house.scripts, persons } }, run.id)
    expect((await house.store.get('run', run.id))?.value.state).toBe('failed')
    expect((await house.store.get('analysis', id))?.value.state).toBe('suspended')
    expect(scratch()).toEqual([])
  })
})

withPython('stopping', () => {
  const endless = withText(`def person(records):\n    while True: pass\n# ${Math.random()}`)
  const underWay = async (): Promise<RunView> => {
    const run = await ask(await approve(await submit(endless)))
    for (let i = 0; i < 200 && scratch().length === 0; i += 1) await sleep(25)
    await sleep(500)
    return run
  }
  const over = async ({ id }: RunView): Promise<number> => {
    const began = performance.now()
    while (house.running.has(id)) await sleep(10)
    return performance.now() - began
  }
  test('a cancelled run is over within a second and leaves nothing', async () => {
    const run = await underWay()
    expect(house.running.has(run.id)).toBe(true)
    await gateway.by.researcher.post(`/runs/${run.id}/cancellation`, {})
    expect(await over(run)).toBeLessThan(1000)
    expect(scratch()).toEqual([])
  })
  test('so is that of a revoked permit', async () => {
    const run = await underWay()
    await gateway.by.officer.post(`/permits/${permit}/revocation`, { reason: 'Asked to stop.' })
    expect(await over(run)).toBeLessThan(1000)
    expect(scratch()).toEqual([])
    expect((await house.store.get('run', run.id))?.value.state).not.toBe('finished')
  })
})

test.skipIf(jail === undefined)(
  'no line of a script is in the log, in an event, or in an answer to somebody else',
  async () => {
    const { items } = await house.store.events({ limit: 1000 })
    expect(items.length).toBeGreaterThan(20)
    expect(JSON.stringify(items)).not.toContain(MARKER)
    expect(gateway.lines.join('\n')).not.toContain(MARKER)
    const list = await gateway.by.researcher.get(`/permits/${permit}/analyses?limit=200`)
    expect(JSON.stringify(list)).not.toContain(MARKER)
  },
)

test.skipIf(jail === undefined)(
  'which languages there are is public, with their libraries',
  async () => {
    const { items } = await gateway.by.anyone.get<{
      items: { language: string; digest: string }[]
    }>('/runtimes')
    expect(items.map((it) => it.language)).toContain('python')
    for (const { digest } of items) expect(digest).toMatch(/^[0-9a-f]{64}$/)
  },
)

test('where nothing isolates, no script is taken, and the reason is said', async () => {
  const scripts = createScripts({ jail: plainJail() })
  expect(await installed({ scripts })).toMatchObject({
    items: [],
    reason: expect.stringContaining('isolates'),
  })
  const refused = runtimeOf({ scripts }, script)
  await expect(refused).rejects.toMatchObject({ code: 'jail-unavailable' })
})
