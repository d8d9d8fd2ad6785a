import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { settled } from '../../src/cli/client.ts'
import { UNBOUNDED } from '../../src/disclosure/unbounded.ts'
import type { Cell } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'
import { executeRun } from '../../src/flow/execute.ts'
import type { House } from '../../src/flow/house.ts'
import { castVote, listReviews } from '../../src/flow/review.ts'
import { settleAll } from '../../src/flow/settle.ts'
import { mintDevToken } from '../../src/identity/dev.ts'
import {
  BODY,
  COUNT,
  openAirlock,
  type Page,
  problemOf,
  purpose,
  type ReviewView,
  type RunView,
} from '../support/airlock.ts'

const {
  gateway,
  house,
  permit,
  officer,
  researcher,
  anna,
  bert,
  permitted,
  waiting,
  inspect,
  digestOf,
  vote,
  release,
  read,
  stored,
  lastEvent,
} = await openAirlock()
afterAll(() => gateway.close())

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
