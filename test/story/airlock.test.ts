import { afterAll, describe, expect, test } from 'vitest'
import { tableDigest } from '../../src/airlock/release.ts'
import { verifierKey } from '../../src/audit/note.ts'
import { verifyReceipt } from '../../src/audit/receipt.ts'
import { UNBOUNDED } from '../../src/disclosure/unbounded.ts'
import type { Sequencing } from '../../src/domain/capabilities.ts'
import type { Protected } from '../../src/domain/glass.ts'
import type { House } from '../../src/flow/house.ts'
import { castVote } from '../../src/flow/review.ts'
import { settleAll } from '../../src/flow/settle.ts'
import {
  BODY,
  COUNT,
  openAirlock,
  type Page,
  problemOf,
  type ReviewView,
  type RunView,
  UNIVERSITY,
} from '../support/airlock.ts'

const {
  gateway,
  house,
  permit,
  officer,
  researcher,
  anna,
  bert,
  as,
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
