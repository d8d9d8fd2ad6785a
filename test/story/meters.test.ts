import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, client, settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import { worstCase } from '../../src/disclosure/bounds.ts'
import { Problem } from '../../src/domain/problem.ts'
import { mintDevToken } from '../../src/identity/dev.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await openGateway(['north', 'east'])
}, 60_000)
afterAll(() => gateway.close())

type Meter = Readonly<{ budget: number; spent: number; left: number }>
type Statement = Readonly<{ rho: number; worstCaseAdvantage: number; words: string }> &
  Readonly<Record<string, unknown>>
type PermitView = Readonly<{
  id: string
  version: number
  jws: string
  conditions: Readonly<{ rho: number; group?: object }>
  meter: Meter
  group?: Meter & Readonly<{ name: string }>
}>
type Lineage = Readonly<{
  spent: number
  exact: number
  privacy?: Statement
  permits: readonly Readonly<{ permit: string; spent: number }>[]
}>

async function permitted(
  conditions: object = {},
  datasets: readonly string[] = ['east'],
): Promise<string> {
  const content = { ...research, data: { ...research.data, datasets } }
  const { id } = await gateway.by.researcher.post<{ id: string }>('/applications', content)
  const { decision } = await gateway.by.officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { analysisApproval: 'proven', rho: 0.5, variance: 40, ...conditions },
    },
  )
  return decision.permit
}

const view = (id: string): Promise<PermitView> => gateway.by.researcher.get(`/permits/${id}`)
const lineage = (dataset: string, by: Client = gateway.by.officer): Promise<Lineage> =>
  by.get(`/datasets/${dataset}/lineage`)

const COUNT = 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex'
type RunView = Readonly<{ id: string; state: string; charged: number }>
async function ask(permit: string, dataset: string, text = COUNT, variance = 40): Promise<RunView> {
  const { id, digest } = await gateway.by.researcher.post<{ id: string; digest: string }>(
    `/permits/${permit}/analyses`,
    { name: 'Count', language: 'sql', text, variance },
  )
  const run = await gateway.by.researcher.post<RunView>(`/analyses/${id}/runs`, {
    dataset,
    purpose: 'scientific-research',
    digest,
  })
  await settled(gateway.by.researcher, run)
  return run
}

async function holder(dataset: string): Promise<Client> {
  const token = await mintDevToken({
    directory: `${gateway.directory}/keys`,
    subject: `steward-${dataset}`,
    role: 'data-holder',
    organisation: `${dataset} hospital`,
    ttl: 600,
  })
  return client(gateway.url, token)
}

const refusal = async (step: Promise<unknown>): Promise<string> => {
  const error = await step.then(
    () => undefined,
    (it: unknown) => it,
  )
  if (!(error instanceof Problem)) throw new Error('it should have been refused')
  return `${error.code}/${error.facts.rule ?? ''}`
}

test('a dataset that nobody asked has spent nothing and promises nothing', async () => {
  const unasked = { dataset: 'north', spent: 0, exact: 0, permits: [] }
  expect(await lineage('north')).toEqual(unasked)
})

describe('what a question is charged to', () => {
  test('permit, group and lineage; a repeat to none of them, another snapshot or dataset to its own', async () => {
    const group = { name: 'cardiology', budget: 0.6 }
    const permit = await permitted({ group }, ['north', 'east'])
    const before = { north: (await lineage('north')).spent, east: (await lineage('east')).spent }
    expect((await ask(permit, 'north')).charged).toBe(0.025)
    expect((await ask(permit, 'north', `${COUNT} -- again`)).charged).toBe(0)
    expect((await ask(permit, 'east')).charged).toBe(0.025)
    const seen = await view(permit)
    expect(seen.meter).toMatchObject({ budget: 0.5, spent: 0.05 })
    expect(seen.group).toMatchObject({ ...group, spent: 0.05 })
    expect(seen.group?.left).toBeCloseTo(0.55, 12)
    expect((await lineage('north')).spent - before.north).toBeCloseTo(0.025, 12)
    expect((await lineage('east')).spent - before.east).toBeCloseTo(0.025, 12)
  })

  test('two permits of a group stop at the budget that they share, and the refusal charges no meter', async () => {
    const group = { name: 'oncology', budget: 0.04 }
    const [one, two] = [await permitted({ group }), await permitted({ group })]
    await ask(one, 'east')
    const before = (await lineage('east')).spent
    expect(await refusal(ask(two, 'east'))).toBe('budget-exhausted/budget')
    expect((await view(two)).meter.spent).toBe(0)
    expect((await view(two)).group?.spent).toBe(0.025)
    expect((await lineage('east')).spent).toBe(before)
    expect(await refusal(permitted({ group: { ...group, budget: 0.05 } }))).toBe(
      'refused-by-policy/group-budget-differs',
    )
    expect(await refusal(permitted({ group: { name: 'large', budget: 2 } }))).toBe(
      'refused-by-policy/policy-group',
    )
  })

  test('the lineage adds up all permits and says what that is worth to an attacker', async () => {
    const [one, two] = [await permitted(), await permitted({ k: 12 })]
    await ask(one, 'east')
    await ask(two, 'east', COUNT, 20)
    const seen = await lineage('east')
    const total = seen.permits.reduce((sum, it) => sum + it.spent, 0)
    expect(seen.spent).toBeCloseTo(total, 9)
    expect(seen.permits).toContainEqual({ permit: two, spent: 0.05 })
    expect(seen.exact).toBe(0)
    expect(seen.privacy?.rho).toBeCloseTo(seen.spent, 9)
    expect(seen.privacy?.worstCaseAdvantage).toBeCloseTo(worstCase(seen.spent, 20), 9)
    expect(seen.privacy?.words).toContain('advantage')
  })

  test('only the access body, the auditor and the holder of the data see a lineage', async () => {
    const east = await holder('east')
    expect((await lineage('east', east)).spent).toBe((await lineage('east')).spent)
    expect(await refusal(lineage('north', east))).toMatch(/^not-found/)
    expect(await refusal(lineage('nowhere'))).toMatch(/^not-found/)
    expect((await lineage('east', gateway.by.auditor)).exact).toBe(0)
    for (const by of [gateway.by.researcher, gateway.by.checker])
      expect(await refusal(lineage('east', by))).toMatch(/^wrong-role/)
  })

  test('a data holder sees the permits over their data and no others', async () => {
    const both = await permitted({}, ['north', 'east'])
    const east = await permitted()
    const north = await holder('north')
    expect((await north.get<PermitView>(`/permits/${both}`)).id).toBe(both)
    expect(await refusal(north.get(`/permits/${east}`))).toMatch(/^not-found/)
    const { items } = await north.get<{ items: PermitView[] }>('/permits?limit=200')
    const ids = items.map((it) => it.id)
    expect(ids).toContain(both)
    expect(ids).not.toContain(east)
  })
})

describe('a renewed budget', () => {
  const renew = (permit: string, body: object, by: Client = gateway.by.officer) =>
    by.post<PermitView>(`/permits/${permit}/budget`, { reason: 'Ten more tables.', ...body })

  test('is a new version with a new signature, and lets the next question pass', async () => {
    const permit = await permitted({ rho: 0.03 })
    await ask(permit, 'east')
    const more = 'SELECT count(*) AS persons FROM patient'
    expect(await refusal(ask(permit, 'east', more))).toBe('budget-exhausted/budget')
    const before = await view(permit)
    const after = await renew(permit, { rho: 0.2 })
    expect(after.version).toBe(before.version + 1)
    expect(after.meter).toMatchObject({ budget: 0.2, spent: 0.025 })
    const document = decodeJwt(after.jws)
    expect(document).toMatchObject({ version: after.version, conditions: { rho: 0.2 } })
    expect(await gateway.events()).toContain('budget-renewed')
    expect((await ask(permit, 'east', more)).charged).toBe(0.025)
  })

  test('is never below what is spent, never above the policy, and the access body’s alone', async () => {
    const permit = await permitted()
    await ask(permit, 'east')
    expect(await refusal(renew(permit, { rho: 0.02 }))).toBe('refused-by-policy/budget-below-spent')
    expect(await refusal(renew(permit, { rho: 1.01 }))).toBe('refused-by-policy/policy-rho')
    expect(await refusal(renew(permit, { rho: 0.2, group: 0.3 }))).toBe(
      'invalid-input/permit-without-group',
    )
    for (const by of [gateway.by.researcher, gateway.by.checker, gateway.by.auditor])
      expect(await refusal(renew(permit, { rho: 0.6 }, by))).toMatch(/^wrong-role/)
    expect((await view(permit)).conditions.rho).toBe(0.5)
    expect((await renew(permit, { rho: 0.025 })).meter.left).toBe(0)
  })

  test('of a group is renewed for all of its permits', async () => {
    const group = { name: 'neurology', budget: 0.03 }
    const [one, two] = [await permitted({ group }), await permitted({ group })]
    await ask(one, 'east')
    expect(await refusal(renew(one, { rho: 0.5, group: 0.01 }))).toBe(
      'refused-by-policy/budget-below-spent',
    )
    await renew(one, { rho: 0.5, group: 0.2 })
    for (const id of [one, two]) {
      const seen = await view(id)
      expect(seen).toMatchObject({ version: 2, conditions: { group: { budget: 0.2 } } })
      expect(decodeJwt(seen.jws)).toMatchObject({ conditions: { group: { budget: 0.2 } } })
    }
    expect((await ask(two, 'east')).charged).toBe(0.025)
  })

  test('of a revoked permit is not renewed', async () => {
    const permit = await permitted()
    await gateway.by.officer.post(`/permits/${permit}/revocation`, { reason: 'Over.' })
    expect(await refusal(renew(permit, { rho: 0.6 }))).toMatch(/^permit-not-active/)
  })
})

test('no answer names a snapshot by its own digest, which depends on the data alone', async () => {
  const permit = await permitted()
  await gateway.by.officer.get('/datasets')
  const { items } = await gateway.composed.house.store.list('dataset', {})
  const digests = items.flatMap(({ value }) => value.snapshots.map((it) => it.digest))
  expect(digests).toHaveLength(2)
  const stored = await gateway.composed.house.store.get('permit', permit)
  expect(digests).toContain(stored?.value.snapshots['east'])
  const seen = await view(permit)
  const signed = decodeJwt<{ snapshots: object }>(seen.jws)
  expect(signed.snapshots).toEqual((seen as unknown as { snapshots: object }).snapshots)
  for (const { body } of gateway.exchanges)
    for (const digest of digests)
      expect(body.includes(digest) || JSON.stringify(signed).includes(digest)).toBe(false)
})

describe('what is shown before and after', () => {
  type Check = Readonly<{ rho: number; question: Statement; after: Statement; meter: Meter }>
  const price = (permit: string, text: string, variance = 40): Promise<Check> =>
    gateway.by.researcher.post(`/permits/${permit}/checks`, { text, variance })

  test('a check tells rho, epsilon, mu, the worst case and every rule; the result tells the same', async () => {
    const permit = await permitted()
    await ask(permit, 'east')
    const text = 'SELECT count(*) AS rows FROM observation'
    const check = await price(permit, text, 50)
    expect(check.question).toMatchObject({
      profile: 'standard',
      k: 10,
      variance: 50,
      rounding: 5,
      cellsPerPerson: 1,
      effectiveThreshold: 46,
    })
    expect(Object.keys(check.question['rowsPerPerson'] as object)).toEqual(['observation'])
    expect(check.after.rho).toBeCloseTo(0.025 + check.rho, 12)
    expect(check.after.worstCaseAdvantage).toBeGreaterThan(check.question.worstCaseAdvantage)
    for (const it of [check.question, check.after])
      for (const figure of ['epsilon', 'delta', 'mu']) expect(it[figure]).toBeGreaterThan(0)
    const run = await ask(permit, 'east', text, 50)
    const { statement } = await gateway.by.researcher.get<{ statement: Statement }>(
      `/runs/${run.id}/output?purpose=scientific-research`,
    )
    expect(statement).toEqual(check.question)
  })
})

/** The innermost processes that this one started and that hold a workspace of this gateway open: other files run beside it. */
function engineChildren(): number[] {
  const parents = new Map<number, number>()
  const found: number[] = []
  for (const name of readdirSync('/proc').filter((it) => /^\d+$/.test(it)))
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      if (!command[0]?.includes('bwrap') && command.some((it) => it.includes('query-child')))
        found.push(Number(name))
    } catch {
      // It has ended meanwhile.
    }
  const ours = (pid: number | undefined): boolean =>
    pid === process.pid || (pid !== undefined && pid > 1 && ours(parents.get(pid)))
  return found.filter(ours).filter(holdsOurs)
}

function holdsOurs(pid: number): boolean {
  try {
    const own = basename(gateway.directory)
    const held = (fd: string): string => readlinkSync(`/proc/${pid}/fd/${fd}`)
    return readdirSync(`/proc/${pid}/fd`).some((fd) => held(fd).includes(own))
  } catch {
    return false
  }
}

describe('a run whose child is killed', () => {
  test('is failed and nothing more, on its tick; its analysis waits for a checker, and then costs nothing', async () => {
    const permit = await permitted()
    // The engine keeps one child open for the next question over this workspace: the one that is stopped here.
    await ask(permit, 'east')
    const { researcher, checker } = gateway.by
    const { id, digest } = await researcher.post<{ id: string; digest: string }>(
      `/permits/${permit}/analyses`,
      { name: 'Ages', language: 'sql', text: 'SELECT count(*) AS persons FROM patient' },
    )
    const children = engineChildren()
    expect(children.length).toBeGreaterThan(0)
    for (const pid of children) process.kill(pid, 'SIGSTOP')
    const body = { dataset: 'east', purpose: 'scientific-research', digest }
    const run = await researcher.post<RunView>(`/analyses/${id}/runs`, body)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await researcher.get<RunView>(`/runs/${run.id}`)).state).toBe('running')
    for (const pid of children) process.kill(pid, 'SIGKILL')
    await settled(researcher, run).catch(() => undefined)
    const failed = await researcher.get<RunView>(`/runs/${run.id}`)
    expect(Object.keys(failed)).toEqual(Object.keys(run))
    expect(failed).toMatchObject({ state: 'failed', charged: run.charged })
    const analysis = () => researcher.get<{ state: string }>(`/analyses/${id}`)
    expect((await analysis()).state).toBe('suspended')
    expect(await refusal(researcher.post(`/analyses/${id}/runs`, body))).toMatch(/^not-approved/)
    // Nor does another text try the same, until a checker has looked.
    const other = await researcher.post<{ id: string; digest: string }>(
      `/permits/${permit}/analyses`,
      {
        name: 'Again',
        language: 'sql',
        text: 'SELECT sex, count(*) AS n FROM patient GROUP BY sex',
      },
    )
    const asked = { ...body, digest: other.digest }
    expect(await refusal(researcher.post(`/analyses/${other.id}/runs`, asked))).toMatch(
      /permit-waits/,
    )
    await checker.post(`/analyses/${id}/decision`, {
      outcome: 'approve',
      digest,
      reason: 'The machine was full.',
    })
    const again = await researcher.post<RunView>(`/analyses/${id}/runs`, body)
    expect(again.charged).toBe(0)
    await settled(researcher, again)
    await settled(researcher, await researcher.post<RunView>(`/analyses/${other.id}/runs`, asked))
  })
})
