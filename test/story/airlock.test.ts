import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tableDigest } from '../../src/airlock/release.ts'
import { verifierKey } from '../../src/audit/note.ts'
import { verifyReceipt } from '../../src/audit/receipt.ts'
import { type Client, client, settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import { UNBOUNDED } from '../../src/disclosure/unbounded.ts'
import type { Receipt, Sequencing } from '../../src/domain/capabilities.ts'
import type { Cell, Protected } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { Role } from '../../src/domain/role.ts'
import { executeRun } from '../../src/flow/execute.ts'
import type { House } from '../../src/flow/house.ts'
import { castVote, listReviews } from '../../src/flow/review.ts'
import { settleAll } from '../../src/flow/settle.ts'
import { mintDevToken } from '../../src/identity/dev.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'

type RunView = Readonly<{
  id: string
  state: string
  output: string
  release?: string
  comments?: readonly string[]
}>
type ReviewView = Readonly<{
  output: string
  state: string
  digest: string
  kind: string
  since: string
  due: string
  waited: number
  overdue: boolean
  needed: number
  next: readonly string[]
  votes: readonly Readonly<{ by: string; verdict: string; comment: string; round: number }>[]
}>
type Seen = Readonly<{
  digest: string
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
  statement: Readonly<{ profile: string; rho: number }>
  votes: ReviewView['votes']
  evidence: readonly Readonly<{ check: string; verdict: string }>[]
  earlier: readonly Readonly<{ output: string }>[]
}>
type Page<T> = Readonly<{ items: readonly T[]; next?: string }>

const BODY = 'Health Data Access Body'
const UNIVERSITY = 'University of Example'
const COUNT = 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex'
const purpose = 'scientific-research'

let gateway: Gateway
let house: House
let permit: string
let officer: Client
let researcher: Client
let anna: Client
let bert: Client
const as = async (subject: string, organisation: string, role: Role = 'output-checker') =>
  client(
    gateway.url,
    await mintDevToken({
      directory: join(gateway.directory, 'keys'),
      role,
      subject,
      organisation,
      ttl: 3600,
    }),
  )

beforeAll(async () => {
  gateway = await openGateway(['east'])
  house = gateway.composed.house
  ;({ officer, researcher } = gateway.by)
  anna = await as('anna', BODY)
  bert = await as('bert', 'Statistics Office')
  permit = await permitted()
})
afterAll(() => gateway.close())

async function permitted(conditions: object = {}): Promise<string> {
  const content = { ...research, data: { ...research.data, datasets: ['east'] } }
  const { id } = await researcher.post<{ id: string }>('/applications', content)
  const reviewed = { profile: 'reviewed', reviewers: 2, analysisApproval: 'each', rho: 1 }
  const { decision } = await officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { ...reviewed, variance: 100, ...conditions },
    },
  )
  return decision.permit
}

/** An approved question, run to where its output waits for its checkers. */
async function waiting(under = permit, text = COUNT): Promise<RunView> {
  const analysis = await researcher.post<{ id: string; digest: string }>(
    `/permits/${under}/analyses`,
    { name: 'Count', language: 'sql', text },
  )
  const { id, digest } = analysis
  await officer.post(`/analyses/${id}/decision`, { outcome: 'approve', digest, reason: 'Fine.' })
  const run = await researcher.post<RunView>(`/analyses/${id}/runs`, {
    dataset: 'east',
    purpose,
    digest,
  })
  await settled(researcher, run)
  return researcher.get<RunView>(`/runs/${run.id}`)
}

const inspect = (by: Client, { output }: RunView): Promise<Seen> => by.get(`/reviews/${output}`)
const digestOf = async ({ output }: RunView): Promise<string> =>
  (await house.store.get('output', output))?.value.digest ?? ''
const vote = async (
  by: Client,
  run: RunView,
  verdict: string,
  comment = 'Looked at every cell.',
  step: 'votes' | 'consolidation' = 'votes',
): Promise<ReviewView> =>
  by.post(`/reviews/${run.output}/${step}`, { verdict, comment, digest: await digestOf(run) })
const release = async (run: RunView) => (await researcher.get<RunView>(`/runs/${run.id}`)).release
const read = ({ id }: RunView) =>
  researcher.get<{ rows: unknown; digest: string; receipt: Receipt; statement: { rho: number } }>(
    `/runs/${id}/output?purpose=${purpose}`,
  )

async function problemOf(step: Promise<unknown>): Promise<Problem> {
  const error = await step.then(
    () => undefined,
    (it: unknown) => it,
  )
  if (!(error instanceof Problem)) throw new Error('it was not refused')
  return error
}

/** What is stored of an output, and how long the log is: what a refused step may not change but by its refusal. */
const stored = async ({ output }: RunView) =>
  JSON.stringify(await house.store.get('output', output))
const lastEvent = async ({ output }: RunView) =>
  (await house.store.events({ about: `output/${output}`, limit: 1 })).items[0]?.type

describe('two votes', () => {
  test('exact figures leave on two votes, with a receipt that verifies, and the lineage says so', async () => {
    const run = await waiting()
    expect(run).toMatchObject({ state: 'finished', release: 'in-review' })
    expect((await problemOf(read(run))).code).toBe('not-found')

    const { items } = await anna.get<Page<ReviewView>>('/reviews')
    const mine = items.find((it) => it.output === run.output)
    expect(mine).toMatchObject({ kind: 'release', needed: 2, overdue: false, votes: [] })
    expect(mine?.next).toEqual(['inspect', 'vote', 'consolidate'].slice(0, 2))
    expect(Date.parse(mine?.due ?? '') - Date.parse(mine?.since ?? '')).toBe(10 * 86_400_000)

    const seen = await inspect(anna, run)
    expect(seen.statement).toMatchObject({ profile: 'reviewed', rho: UNBOUNDED })
    expect(seen.evidence.map((it) => [it.check, it.verdict])).toContainEqual([
      'suppression',
      'pass',
    ])
    expect(await lastEvent(run)).toBe('output-inspected')

    expect((await vote(anna, run, 'release')).state).toBe('in-review')
    const done = await vote(bert, run, 'release')
    expect(done.state).toBe('released')
    const table = await read(run)
    expect(table.rows).toEqual(seen.rows)
    expect(table.digest).toBe(seen.digest)
    const entry = await (house.store as unknown as Sequencing).entry(table.receipt.event)
    if (entry === undefined) throw new Error('no entry')
    const { name, spki } = house.keys.notePublicKey()
    const { event } = verifyReceipt(table.receipt, entry, verifierKey(name, spki))
    expect(event).toMatchObject({ type: 'output-released', facts: { digest: table.digest } })
    const told = event.decision?.input['votes'] as readonly object[]
    expect(told).toHaveLength(2)
    expect(JSON.stringify(told)).not.toContain('Looked at every cell')

    const { items: list } = await officer.get<Page<{ output: string; lineage: string }>>(
      '/datasets/east/disclosures',
    )
    expect(list).toContainEqual(
      expect.objectContaining({ output: run.output, lineage: 'unbounded', permit }),
    )
    expect(await house.store.spent('lineage:east')).toBeGreaterThanOrEqual(UNBOUNDED)
    const view = await officer.get<{ privacy: { worstCaseAdvantage: number } }>(
      `/permits/${permit}`,
    )
    expect(view.privacy.worstCaseAdvantage).toBe(1)

    const next = await waiting(permit, `${COUNT} ORDER BY sex`)
    const beside = (await inspect(bert, next)).earlier.map((it) => it.output)
    expect(beside).toContain(run.output)
  })

  test('a returned output reaches the researcher as comments, without names, and never as a table', async () => {
    const run = await waiting()
    await vote(anna, run, 'return', 'Say which population the table is of.')
    expect(await researcher.get<RunView>(`/runs/${run.id}`)).not.toHaveProperty('comments')
    const done = await vote(bert, run, 'release', 'Nothing against it.')
    expect(done.state).toBe('returned')
    const seen = await researcher.get<RunView>(`/runs/${run.id}`)
    expect(seen.release).toBe('returned')
    expect(seen.comments).toEqual(['Say which population the table is of.'])
    expect(JSON.stringify(seen)).not.toContain('anna')
    expect((await problemOf(read(run))).code).toBe('not-found')
    expect(await lastEvent(run)).toBe('output-returned')
  })

  test('both withhold: withheld, and nothing is said why', async () => {
    const run = await waiting()
    await vote(anna, run, 'withhold', 'One clinic, one week.')
    await vote(bert, run, 'withhold')
    const seen = await researcher.get<RunView>(`/runs/${run.id}`)
    expect(seen.release).toBe('withheld')
    expect(seen).not.toHaveProperty('comments')
  })
})

describe('refused', () => {
  test('self-review, whatever role the token claims', async () => {
    const run = await waiting()
    const own = await as('lind', BODY)
    const before = await stored(run)
    for (const step of [() => inspect(own, run), () => vote(own, run, 'release')])
      expect((await problemOf(step())).facts).toMatchObject({ rule: 'ehds-55-3-author' })
    expect((await problemOf(vote(researcher, run, 'release'))).code).toBe('wrong-role')
    expect((await problemOf(inspect(researcher, run))).code).toBe('wrong-role')
    expect((await problemOf(inspect(officer, run))).code).toBe('wrong-role')
    const { items } = await own.get<Page<ReviewView>>('/reviews')
    expect(items).toEqual([])
    expect(await stored(run)).toBe(before)
    expect(await lastEvent(run)).toBe('step-refused')
  })

  test('a reviewer of the same institution', async () => {
    const run = await waiting()
    const insider = await as('ines', UNIVERSITY.toUpperCase())
    const before = await stored(run)
    for (const step of [() => inspect(insider, run), () => vote(insider, run, 'release')])
      expect((await problemOf(step())).facts).toMatchObject({ rule: 'ehds-55-3-institution' })
    expect((await insider.get<Page<ReviewView>>('/reviews')).items).toEqual([])
    expect(await stored(run)).toBe(before)
  })

  test('a single vote, also the same one again and again, releases nothing', async () => {
    const run = await waiting()
    await vote(anna, run, 'release')
    const once = await stored(run)
    const size = await (house.store as unknown as Sequencing).size()
    for (let i = 0; i < 3; i++)
      expect((await vote(anna, run, 'release')).votes.map((it) => it.by)).toEqual(['anna'])
    expect(await stored(run)).toBe(once)
    expect(await (house.store as unknown as Sequencing).size()).toBe(size)
    const again = await problemOf(vote(anna, run, 'withhold'))
    expect(again.facts.rule).toBe('review-once')
    expect(await stored(run)).toBe(once)
    await settleAll(house)
    expect(await release(run)).toBe('in-review')
    const early = await problemOf(vote(anna, run, 'release', 'Settled.', 'consolidation'))
    expect(early.code).toBe('bad-transition')
  })

  test('peeking at the other vote: not in the list, the reading, the answer or the refusal', async () => {
    const run = await waiting()
    const secret = 'A remark that the other must not see.'
    await vote(anna, run, 'withhold', secret)
    const { items } = await bert.get<Page<ReviewView>>('/reviews')
    const listed = items.find((it) => it.output === run.output)
    expect(listed?.votes).toEqual([])
    const seen = await inspect(bert, run)
    expect(seen.votes).toEqual([])
    const early = await problemOf(vote(bert, run, 'release', 'Settled.', 'consolidation'))
    const heard = JSON.stringify([items, seen, early.toJSON(), await officer.get('/reviews')])
    expect(heard).not.toContain(secret)
    expect(heard).not.toContain('"anna"')
    // The same as if nobody had voted.
    const fresh = await waiting()
    const other = (await bert.get<Page<ReviewView>>('/reviews')).items.find(
      (it) => it.output === fresh.output,
    )
    expect(other?.next).toEqual(listed?.next)
    const done = await vote(bert, run, 'release')
    expect(done.votes.map((it) => it.comment)).toContain(secret)
  })

  test('an output that changed after the first vote', async () => {
    for (const honest of [true, false]) {
      const run = await waiting()
      await vote(anna, run, 'release')
      const found = await house.store.get('output', run.output)
      if (found === undefined) throw new Error('no output')
      const { value, version } = found
      const [first = [], ...rest] = value.table.rows
      const table = {
        ...value.table,
        rows: [[first[0] ?? null, 7], ...rest],
      } as unknown as Protected
      const digest = honest ? tableDigest(table) : value.digest
      await house.store.commit(
        [{ put: 'output', value: { ...value, table, digest }, version }],
        [{ type: 'security', actor: { ...gatewayOf() }, about: 'test', facts: {} }],
      )
      const before = await stored(run)
      const refused = await problemOf(vote(bert, run, 'release'))
      expect([refused.code, refused.facts.rule]).toEqual(['conflict', 'review-digest'])
      const old = { verdict: 'release', comment: 'x', digest: value.digest }
      expect((await problemOf(bert.post(`/reviews/${run.output}/votes`, old))).code).toBe(
        'conflict',
      )
      expect(await stored(run)).toBe(before)
      expect(await release(run)).toBe('in-review')
      // The access body ends what can no longer be voted on.
      await vote(officer, run, 'withhold', 'It changed.', 'consolidation')
      expect(await release(run)).toBe('withheld')
    }
  })

  test('a vote for other bytes than were read', async () => {
    const run = await waiting()
    const body = { verdict: 'release', comment: 'Fine.', digest: 'a'.repeat(64) }
    const refused = await problemOf(anna.post(`/reviews/${run.output}/votes`, body))
    expect([refused.code, refused.facts.rule]).toEqual(['conflict', 'review-digest'])
  })

  test('a permit revoked in between: withheld at once, and by the gate where only the last vote finds out', async () => {
    const under = await permitted()
    const [first, second] = [await waiting(under), await waiting(under, `${COUNT} ORDER BY sex`)]
    await vote(anna, first, 'release')
    await officer.post(`/permits/${under}/revocation`, { reason: 'Misuse.' })
    expect((await house.store.get('output', first.output))?.value.state).toBe('withheld')
    expect((await house.store.get('output', second.output))?.value.state).toBe('withheld')
    expect((await problemOf(vote(bert, first, 'release'))).facts.rule).toBe('release-state')

    const late = await waiting()
    await vote(anna, late, 'release')
    const expired: House = { ...house, clock: { now: () => new Date('2027-10-01') } }
    const found = await house.store.get('permit', permit)
    if (found === undefined) throw new Error('no permit')
    const ended = { ...found.value, expiresAt: '2027-01-01T00:00:00.000Z' }
    // Only the clock of this call is late: the permit is put back for the other tests.
    await house.store.commit(
      [{ put: 'permit', value: ended, version: found.version }],
      [{ type: 'security', actor: gatewayOf(), about: 'test', facts: {} }],
    )
    const ballot = { verdict: 'release', comment: 'Fine.', digest: await digestOf(late) } as const
    const checker = { subject: 'bert', role: 'output-checker', organisation: 'Office' } as const
    const done = await castVote(expired, checker, late.output, ballot)
    expect(done.state).toBe('withheld')
    const now = await house.store.get('permit', permit)
    await house.store.commit(
      [{ put: 'permit', value: found.value, version: now?.version ?? 0 }],
      [{ type: 'security', actor: gatewayOf(), about: 'test', facts: {} }],
    )
  })
})

const gatewayOf = () => ({ subject: 'gateway', role: 'gateway', organisation: 'vitrine' }) as const

describe('a disagreement', () => {
  test('is seen by both, and settled by who objected, or not at all', async () => {
    const run = await waiting()
    await vote(anna, run, 'release')
    const seen = await vote(bert, run, 'withhold', 'The second row is one clinic.')
    expect(seen).toMatchObject({ state: 'in-review', next: ['inspect', 'consolidate'] })
    expect(seen.votes.map((it) => it.by)).toEqual(['anna', 'bert'])
    const third = await as('carl', BODY)
    expect((await problemOf(vote(third, run, 'release'))).code).toBe('bad-transition')
    expect(
      (await problemOf(vote(third, run, 'release', 'I agree.', 'consolidation'))).facts.rule,
    ).toBe('review-once')
    // Who wanted it released cannot release it alone, nor can the access body.
    await vote(anna, run, 'release', 'It is a region.', 'consolidation')
    expect(await release(run)).toBe('in-review')
    const overruled = await problemOf(vote(officer, run, 'release', 'Do it.', 'consolidation'))
    expect(overruled.facts.rule).toBe('ehds-55-3-release')
    const done = await vote(bert, run, 'release', 'A region indeed.', 'consolidation')
    expect(done.state).toBe('released')
    expect(done.votes.map((it) => [it.by, it.verdict, it.round])).toEqual([
      ['anna', 'release', 1],
      ['bert', 'withhold', 1],
      ['anna', 'release', 2],
      ['bert', 'release', 2],
    ])
    expect((await read(run)).digest).toBe(done.digest)
  })

  test('that stays is withheld', async () => {
    const run = await waiting()
    await vote(anna, run, 'release')
    await vote(bert, run, 'withhold')
    await vote(anna, run, 'release', 'Still.', 'consolidation')
    await vote(bert, run, 'withhold', 'Still.', 'consolidation')
    expect(await release(run)).toBe('withheld')
  })
})

describe('whole or not at all', () => {
  test('a vote that the store loses leaves nothing; one that it keeps is acted on at the next start', async () => {
    const run = await waiting()
    await vote(anna, run, 'release')
    const before = await stored(run)
    const checker = { subject: 'bert', role: 'output-checker', organisation: 'Office' } as const
    const ballot = { verdict: 'release', comment: 'Fine.', digest: await digestOf(run) } as const
    const failing = (from: number): House => {
      let commits = 0
      return {
        ...house,
        store: {
          ...house.store,
          commit: async (change, events) => {
            commits += 1
            if (commits >= from) throw new Problem('store-unavailable')
            return house.store.commit(change, events)
          },
        },
      }
    }
    expect((await problemOf(castVote(failing(1), checker, run.output, ballot))).code).toBe(
      'store-unavailable',
    )
    expect(await stored(run)).toBe(before)
    expect((await problemOf(castVote(failing(2), checker, run.output, ballot))).code).toBe(
      'store-unavailable',
    )
    expect(await release(run)).toBe('in-review')
    await settleAll(house)
    expect(await release(run)).toBe('released')
  })

  test('two checkers at the same moment: both votes count', async () => {
    const run = await waiting()
    await Promise.all([vote(anna, run, 'release'), vote(bert, run, 'release')])
    expect(await release(run)).toBe('released')
    const { items } = await house.store.events({ about: `output/${run.output}` })
    expect(items.filter((it) => it.type === 'output-released')).toHaveLength(1)
  })

  test('a retry under one Idempotency-Key is one vote', async () => {
    const run = await waiting()
    const token = await mintDevToken({
      directory: join(gateway.directory, 'keys'),
      role: 'output-checker',
      subject: 'anna',
      organisation: BODY,
      ttl: 600,
    })
    const post = async (verdict: string) =>
      fetch(`${gateway.url}/reviews/${run.output}/votes`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': 'one',
        },
        body: JSON.stringify({ verdict, comment: 'Fine.', digest: await digestOf(run) }),
      })
    expect((await post('release')).status).toBe(200)
    const once = await stored(run)
    expect((await post('release')).status).toBe(200)
    expect((await post('withhold')).status).toBe(409)
    expect(await stored(run)).toBe(once)
  })
})

test('the queue is oldest first, paged, and shows what is late', async () => {
  const two = [await waiting(), await waiting()]
  const actor = { subject: 'anna', role: 'output-checker', organisation: BODY } as const
  const seen: string[] = []
  let after: string | undefined
  do {
    const page = await anna.get<Page<ReviewView>>(
      `/reviews?limit=1${after === undefined ? '' : `&after=${after}`}`,
    )
    expect(page.items.length).toBeLessThanOrEqual(1)
    seen.push(...page.items.map((it) => it.output))
    after = page.next
  } while (after !== undefined)
  expect(seen.slice(-2)).toEqual(two.map((it) => it.output))
  const later: House = { ...house, clock: { now: () => new Date(Date.now() + 11 * 86_400_000) } }
  const { items } = await listReviews(later, actor, { limit: 200 })
  expect(items.every((it) => it.overdue && it.waited > 10 * 86_400)).toBe(true)
})

describe('a sample of automatic releases', () => {
  const chosen = (value: boolean): House => ({
    ...house,
    keys: { ...house.keys, blind: () => (value ? '0' : '1').padEnd(64, '0') },
  })

  async function automatic(under: House): Promise<RunView> {
    const standard = await permitted({
      profile: 'standard',
      reviewers: 0,
      analysisApproval: 'proven',
    })
    const { id, digest } = await researcher.post<{ id: string; digest: string }>(
      `/permits/${standard}/analyses`,
      { name: 'Count', language: 'sql', text: COUNT },
    )
    const kick = house.kick
    Object.assign(house, { kick: () => undefined })
    const run = await researcher.post<RunView>(`/analyses/${id}/runs`, {
      dataset: 'east',
      purpose,
      digest,
    })
    await executeRun(under, run.id)
    Object.assign(house, { kick })
    return researcher.get<RunView>(`/runs/${run.id}`)
  }

  test('is queued without delay, told to nobody outside, and may be called back', async () => {
    const unchosen = await automatic(chosen(false))
    expect(unchosen.release).toBe('released')
    expect((await house.store.get('output', unchosen.output))?.value.queue).toBeUndefined()

    const run = await automatic(chosen(true))
    expect(run.release).toBe('released')
    const { digest } = await read(run)
    const queued = (await anna.get<Page<ReviewView>>('/reviews')).items.find(
      (it) => it.output === run.output,
    )
    expect(queued).toMatchObject({ kind: 'sample', state: 'released', digest, needed: 2 })
    await vote(anna, run, 'withhold', 'Too fine.')
    expect((await read(run)).digest).toBe(digest)
    await vote(bert, run, 'withhold', 'Too fine.')
    expect(await release(run)).toBe('withheld')
    expect((await problemOf(read(run))).code).toBe('not-found')
  })

  test('that is confirmed stays released and leaves the queue', async () => {
    const run = await automatic(chosen(true))
    await vote(anna, run, 'release')
    await vote(bert, run, 'release')
    expect(await release(run)).toBe('released')
    expect(await lastEvent(run)).toBe('review-closed')
    const { items } = await anna.get<Page<ReviewView>>('/reviews')
    expect(items.map((it) => it.output)).not.toContain(run.output)
    await read(run)
  })
})

test('what an exact table cannot show is refused before it is submitted', async () => {
  const text =
    "SELECT code, count(*) AS persons FROM condition WHERE code IN ('I10', 'E11.9') GROUP BY code"
  const refused = await problemOf(researcher.post(`/permits/${permit}/checks`, { text }))
  expect([refused.code, refused.facts.rule]).toEqual(['sql-refused', 'reviewed-counts-once'])
})

describe('a cube', () => {
  const lattice = { name: 'beds', questions: [COUNT] }
  const cube = { profile: 'cube', lattice }

  test('answers its lattice on two votes, within its greatest change, and nothing else', async () => {
    const under = await permitted(cube)
    const elsewhere =
      'SELECT sex, count(*) AS persons FROM patient WHERE sex IS NOT NULL GROUP BY sex'
    const refused = await problemOf(
      researcher.post(`/permits/${under}/analyses`, {
        name: 'More',
        language: 'sql',
        text: elsewhere,
      }),
    )
    expect(refused.facts.rule).toBe('cube-not-ad-hoc')

    const exact = await inspect(anna, await waiting())
    const run = await waiting(under)
    const seen = await inspect(anna, run)
    expect(seen.statement).toMatchObject({ profile: 'cube', rho: UNBOUNDED })
    const truth = new Map(exact.rows.map(([sex, n]) => [sex, Number(n)]))
    expect(seen.rows.length).toBeGreaterThan(1)
    const known = seen.rows.filter(([sex]) => truth.has(sex as Cell))
    expect(known.length).toBeGreaterThan(0)
    for (const [sex, n] of known)
      expect(Math.abs(Number(n) - (truth.get(sex as Cell) ?? 0))).toBeLessThanOrEqual(5)
    await vote(anna, run, 'release')
    expect((await vote(bert, run, 'release')).state).toBe('released')
    expect((await read(run)).rows).toEqual(seen.rows)
  })

  test('is not granted for a question that does not count persons once', async () => {
    const mean =
      'SELECT sex, avg(clamp(year(birth_date), 1900, 2020)) AS born FROM patient GROUP BY sex'
    const refused = await problemOf(
      permitted({ ...cube, lattice: { name: 'x', questions: [mean] } }),
    )
    expect(refused.facts.rule).toBe('cube-counts-persons-once')
  })
})

describe('an exact model', () => {
  const frame =
    "SELECT person_id, sex, clamp(age_at(birth_date, DATE '2025-01-01'), 0, 110) AS age, birth_date < DATE '1970-01-01' AS older FROM patient"
  const submit = (reducer: object) =>
    researcher.post<{ id: string; digest: string; check: { rho: number } }>(
      `/permits/${permit}/analyses`,
      { name: 'Model', language: 'sql', text: frame, reducer },
    )

  test('waits with its evidence, leaves on two votes to three digits, and costs no rho', async () => {
    const { id, digest, check } = await submit({
      kind: 'glm',
      family: 'gaussian',
      outcome: 'age',
      terms: ['sex'],
    })
    expect(check.rho).toBe(0)
    await officer.post(`/analyses/${id}/decision`, { outcome: 'approve', digest, reason: 'Fine.' })
    const asked = await researcher.post<RunView>(`/analyses/${id}/runs`, {
      dataset: 'east',
      purpose,
      digest,
    })
    await settled(researcher, asked)
    const run = await researcher.get<RunView>(`/runs/${asked.id}`)
    expect(run).toMatchObject({ state: 'finished', release: 'in-review' })
    const seen = await inspect(anna, run)
    expect(seen.columns).toEqual(['term', 'estimate', 'se', 'persons'])
    expect(seen.rows.map((r) => String(r[0]).split('=')[0])).toContain('(Intercept)')
    await vote(anna, run, 'release')
    await vote(bert, run, 'release')
    expect((await read(run)).rows).toEqual(seen.rows)
  })

  test('is the only reducer that this profile takes', async () => {
    const refused = await problemOf(submit({ kind: 'mean', value: 'age' }))
    expect(refused.facts.rule).toBe('reducer-needs-standard')
  })
})
