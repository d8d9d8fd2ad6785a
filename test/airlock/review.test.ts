import fc from 'fast-check'
import { expect, test } from 'vitest'
import { earlierOf, inspect } from '../../src/airlock/inspect.ts'
import { tableDigest } from '../../src/airlock/release.ts'
import { isSampled } from '../../src/airlock/sample.ts'
import { allowed, standing } from '../../src/airlock/states.ts'
import { commentsFor, VISIBLE, votesFor } from '../../src/airlock/visible.ts'
import { type Ballot, cast, consolidated } from '../../src/airlock/vote.ts'
import { type Authors, partiality } from '../../src/airlock/who.ts'
import type { Output, Run } from '../../src/domain/analysis.ts'
import { sha256 } from '../../src/domain/digest.ts'
import type { Protected } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'
import { type Verdict, verdicts } from '../../src/domain/review.ts'
import type { Actor } from '../../src/domain/role.ts'
import { reviewedTable } from '../../src/http/answer-review.ts'
import { aRun } from '../support/samples.ts'

const table = {
  columns: ['sex', 'persons'],
  rows: [
    ['female', 120],
    ['male', 100],
  ],
  statement: { profile: 'reviewed', k: 10, rho: 1e9 },
} as unknown as Protected
const at = '2030-01-01T00:00:00.000Z'
const fresh: Output = {
  id: 'output-1',
  run: 'run-1',
  permit: 'permit-1',
  state: 'in-review',
  digest: tableDigest(table),
  table,
  createdAt: at,
  queue: 'open',
  review: { kind: 'release', since: at, due: at, needed: 2, votes: [] },
}
const authors: Authors = {
  permit: { authorisedPersons: ['rita', 'sam'], holder: 'University' },
  requestedBy: 'rita',
  requesterOrganisation: 'Institute',
  submittedBy: 'wilma',
  submitterOrganisation: 'Academy',
}
const checker = (subject: string, organisation = 'Body'): Actor => ({
  subject,
  organisation,
  role: 'output-checker',
})
const ballot = (verdict: Verdict, over: Partial<Ballot> = {}): Ballot => ({
  verdict,
  comment: `says ${verdict}`,
  digest: fresh.digest,
  ...over,
})
const run: Run = aRun('run-1')

const refusalOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return String(error.facts.rule ?? error.code)
    throw error
  }
  return 'it passed'
}

test.each([
  ['who asked', checker('rita'), 'ehds-55-3-author'],
  ['who is listed', checker('sam'), 'ehds-55-3-author'],
  ['of the holder', checker('chris', ' UNIVERSITY '), 'ehds-55-3-institution'],
  ['who wrote it', checker('wilma'), 'ehds-55-3-author'],
  ['of where it was written', checker('chris', 'Academy'), 'ehds-55-3-institution'],
  ['of the requester', checker('chris', 'institute'), 'ehds-55-3-institution'],
  ['of nowhere', checker('chris', ' '), 'ehds-55-3-institution'],
  ['another', checker('chris'), undefined],
])('%s', (_, actor, rule) => {
  expect(partiality(actor, authors)).toBe(rule)
  const seen = rule ?? 'it passed'
  expect(refusalOf(() => cast(fresh, actor, authors, ballot('release'), at))).toBe(seen)
  expect(refusalOf(() => inspect(fresh, run, actor, authors, []))).toBe(seen)
})

test.each(['requesterOrganisation', 'submitterOrganisation'])(
  'where nobody knows the %s, nobody is impartial',
  (unknown) => {
    const some = { ...authors, [unknown]: '' }
    expect(partiality(checker('chris'), some)).toBe('ehds-55-3-institution')
  },
)

test.each(['data-user', 'access-body', 'auditor', 'data-holder', 'gateway'] as const)(
  'the role %s neither votes nor inspects',
  (role) => {
    const actor = { ...checker('chris'), role }
    expect(refusalOf(() => cast(fresh, actor, authors, ballot('release'), at))).toBe('wrong-role')
    expect(refusalOf(() => inspect(fresh, run, actor, authors, []))).toBe('wrong-role')
  },
)

const say = (output: Output, by: string, verdict: Verdict): Output =>
  (standing(output.review ?? never()) === 'disagreed' ? consolidated : cast)(
    output,
    checker(by),
    authors,
    ballot(verdict),
    at,
  )
const never = (): never => {
  throw new Error('no review')
}

test('whatever is voted, only unanimous last words release, and no sequence of steps gets past an objection', () => {
  const verdict = fc.constantFrom(...verdicts)
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), verdict), { maxLength: 12 }),
      (needed, steps) => {
        let output: Output = { ...fresh, review: { ...(fresh.review ?? never()), needed } }
        const last = new Map<string, Verdict>()
        for (const [by, said] of steps) {
          try {
            output = say(output, by, said)
            last.set(by, said)
          } catch (error) {
            if (!(error instanceof Problem)) throw error
          }
        }
        const review = output.review ?? never()
        const words = [...last.values()]
        const outcome = standing(review)
        if (outcome === 'release') {
          expect(words.length).toBeGreaterThanOrEqual(needed)
          expect(new Set(words)).toEqual(new Set(['release']))
        }
        if (outcome === 'blind') {
          expect(words.length).toBeLessThan(needed)
          for (const by of ['a', 'b', 'c', 'd'])
            expect(votesFor(output, checker(by)).filter((it) => it.by !== by)).toEqual([])
          expect(votesFor(output, { ...checker('o'), role: 'access-body' })).toEqual([])
        }
        // Each speaks at most once blind and once after seeing.
        for (const by of last.keys())
          expect(review.votes.filter((it) => it.by === by).map((it) => it.round)).toEqual(
            [1, 2].slice(0, review.votes.filter((it) => it.by === by).length),
          )
      },
    ),
    { numRuns: 500 },
  )
})

test('what the votes come to', () => {
  const after = (...said: readonly Verdict[]) => {
    const voted = said.reduce((output, it, i) => say(output, `c${i}`, it), fresh)
    return standing(voted.review ?? never())
  }
  expect(after('release')).toBe('blind')
  expect(after('release', 'release')).toBe('release')
  expect(after('withhold', 'withhold')).toBe('withhold')
  expect(after('return', 'release')).toBe('return')
  expect(after('withhold', 'return')).toBe('return')
  expect(after('withhold', 'release')).toBe('disagreed')
  const apart = say(say(fresh, 'a', 'release'), 'b', 'withhold')
  const restated = say(say(apart, 'a', 'release'), 'b', 'withhold')
  expect(standing(restated.review ?? never())).toBe('withhold')
  expect(allowed(restated)).toEqual(['inspect'])
  const { queue: _, ...closed } = fresh
  expect(allowed(closed)).toEqual([])
})

test('a vote is for bytes: a changed table, digest or earlier vote is none to vote on', () => {
  const first = say(fresh, 'a', 'release')
  const other = { ...table, rows: [['female', 121]] } as unknown as Protected
  const vote = (output: Output, over: Partial<Ballot> = {}) =>
    refusalOf(() => cast(output, checker('b'), authors, ballot('release', over), at))
  expect(vote(first)).toBe('it passed')
  expect(vote({ ...first, table: other })).toBe('review-digest')
  const renamed = { ...first, table: other, digest: tableDigest(other) }
  expect(vote(renamed)).toBe('review-digest')
  expect(vote(renamed, { digest: renamed.digest })).toBe('review-digest')
  expect(vote(first, { digest: 'a'.repeat(64) })).toBe('review-digest')
})

test('the researcher reads the comments of a returned output and nothing else, ever', () => {
  const voted = say(say(fresh, 'a', 'release'), 'b', 'return')
  expect(commentsFor(voted)).toEqual([])
  expect(commentsFor({ ...voted, state: 'returned' })).toEqual(['says return'])
  expect(commentsFor({ ...voted, state: 'withheld' })).toEqual([])
  const seenByAuthors = Object.values(VISIBLE.author).flat()
  expect(new Set(seenByAuthors)).toEqual(new Set(['state', 'comments']))
})

test('an earlier table that differs by fewer than k persons in a cell is pointed out', () => {
  const before = { ...fresh, id: 'output-0', table: { ...table, rows: [['female', 118]] } }
  const far = { ...fresh, id: 'output-00', table: { ...table, rows: [['female', 100]] } }
  const earlier = [before, far].map((it) => earlierOf(it as unknown as Output))
  const { evidence } = inspect(fresh, run, checker('chris'), authors, earlier)
  expect(evidence).toEqual([
    expect.objectContaining({ verdict: 'review', place: 'output-0', figures: { cells: 1 } }),
    expect.objectContaining({ verdict: 'pass', place: 'output-00', figures: { cells: 0 } }),
  ])
})

test('a checker reads what the script declared and printed', () => {
  const declared = { name: 'table', kind: 'table', meaning: 'Persons by sex' } as const
  const scripted: Output = { ...fresh, declared, log: 'fitted 3 models' }
  const seen = inspect(scripted, run, checker('chris'), authors, [])
  expect(seen).toMatchObject({ declared, log: 'fitted 3 models' })
  expect(inspect(fresh, run, checker('chris'), authors, [])).not.toHaveProperty('log')
  expect(reviewedTable.shape.log.parse(seen.log)).toBe('fitted 3 models')
})

test('one release in twenty is a sample, always the same ones, and another key chooses others', () => {
  const chosen = (key: string) =>
    Array.from({ length: 4000 }, (_, i) => sha256(`${i}`)).filter((it) =>
      isSampled((text) => sha256(key + text), it, 20),
    )
  const mine = chosen('k')
  expect(mine.length).toBeGreaterThan(140)
  expect(mine.length).toBeLessThan(260)
  expect(chosen('k')).toEqual(mine)
  expect(chosen('l')).not.toEqual(mine)
  expect(isSampled(sha256, sha256('x'), 0)).toBe(false)
  expect(isSampled(sha256, sha256('x'), 1)).toBe(true)
})
