import { describe, expect, test } from 'vitest'
import { articles } from '../../src/domain/articles.ts'
import { decisionNames } from '../../src/domain/capabilities.ts'
import { prohibitedPurposes, purposes } from '../../src/domain/purpose.ts'
import { openPolicy } from '../../src/policy/decide.ts'
import { allCases, casesOf, type Json, patched, pointers, policies } from './cases.ts'

const { decide } = await openPolicy(policies)
const rulesOf = (reasons: readonly { rule: string }[]) => [...new Set(reasons.map((it) => it.rule))]

describe.each(decisionNames)('%s', (decision) => {
  test.each(casesOf(decision).cases)('$name', ({ name }) => {
    const it = allCases.find((c) => c.decision === decision && c.name === name)
    if (it === undefined) throw new Error(name)
    const answer = decide(decision, it.input)
    expect({ allow: answer.allow, rules: rulesOf(answer.reasons).sort() }).toEqual({
      allow: it.allow,
      rules: it.rules,
    })
    if (it.obligations !== undefined) expect(answer.obligations).toEqual(it.obligations)
  })
})

/**
 * Per input that gives something: the only fields that may be absent or null without a refusal, because they are
 * optional or the decision does not read them. Anything else that is undefined must deny.
 */
const permitUnread = ['application', 'holder', 'principalInvestigator', 'version'].map(
  (it) => `/permit/${it}`,
)
const analysisNames = ['createdAt', 'id', 'name'].map((it) => `/analysis/${it}`)
const analysisUnread = [
  ...permitUnread,
  '/permit/data/datasets',
  '/permit/data/period',
  '/permit/purpose',
  '/permit/snapshots',
  '/permit/workspaces',
  ...analysisNames,
]
const runUnread = [
  ...permitUnread,
  '/permit/data/period',
  '/permit/data/tables',
  '/permit/snapshots/east',
  '/permit/workspaces/east',
  ...analysisNames,
  ...['canonical', 'language', 'submittedBy'].map((it) => `/analysis/${it}`),
]
const releaseUnread = [
  ...permitUnread,
  '/permit/data',
  '/permit/snapshots',
  '/permit/workspaces',
  '/output/id',
  ...['analysis', 'charged', 'createdAt', 'dataset', 'output'].map((it) => `/run/${it}`),
]
// A vote is about who, and about which bytes; the permit is judged when the votes are in.
const voteUnread = [
  ...releaseUnread,
  ...['conditions', 'expiresAt', 'issuedAt', 'purpose', 'state'].map((it) => `/permit/${it}`),
  ...['kind', 'k', 'profile', 'rho', 'rounding'].map((it) => `/output/${it}`),
  ...['by', 'organisation', 'role', 'verdict'].map((it) => `/votes/0/${it}`),
].filter((it) => it !== '/permit/holder')
const otherTable = ['north', 'east'].map((it) => `/catalogue/datasets/${it}/tables/observation`)
const optional: Readonly<Record<string, readonly string[]>> = {
  'application.submit': [
    '/content/plannedTables',
    '/catalogue/datasets/north/snapshot',
    '/catalogue/datasets/east/snapshot',
    ...otherTable,
    // Fewer tables are another question.
    '/content/data/tables/condition',
    '/content/data/tables/patient',
  ],
  'permit.approve': [
    '/application/content/plannedTables',
    '/application/createdAt',
    '/permit/holder',
    ...otherTable,
    '/permit/data/tables/condition',
    '/permit/data/tables/patient',
  ],
  'permit.renew': ['/permit/id'],
  'analysis.submit': analysisUnread,
  'analysis.approve': analysisUnread,
  'analysis.prove': analysisUnread,
  'analysis.resume': analysisUnread.filter((it) => it !== '/permit/holder'),
  'run.request': runUnread,
  'run.start': runUnread,
  'release.release': releaseUnread.filter((it) => it !== '/permit/holder'),
  'release.vote': voteUnread,
  'release.deliver': [
    ...releaseUnread,
    '/run/requestedBy',
    '/requesterOrganisation',
    '/submittedBy',
    '/submitterOrganisation',
  ],
  'load.load': [],
  'read.read': [],
}

const at = (input: Json, path: string): unknown =>
  path
    .slice(1)
    .split('/')
    .reduce<unknown>((node, key) => (node as Json)[key], input)

const kindOf = (it: unknown): string => (Array.isArray(it) ? 'list' : typeof it)

/** What grants: nonsense in it grants less, and no message names it. */
const grants =
  /^\/(permit\/(authorisedPersons|data\/(tables|datasets))|resource\/persons|catalogue)/

/** Items of a list are no fields: fewer columns or persons are another question. */
const fieldsOf = (input: Json): string[] => pointers(input).filter((path) => !/\/\d+$/.test(path))
const topmost = (paths: readonly string[]): string[] =>
  paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`))).sort()

test.each(Object.keys(optional))('%s: what is absent or null denies', (name) => {
  const [decision, from = ''] = name.split('.')
  const known = decisionNames.find((it) => it === decision) ?? 'read'
  const input = casesOf(known).inputs[from] as Json
  const spared = (op: 'remove' | 'replace') =>
    fieldsOf(input).filter(
      (path) => decide(known, patched(input, [{ op, path, value: null }]) as Json).allow,
    )
  const absent = spared('remove')
  expect(decide(known, input).allow).toBe(true)
  expect(topmost(absent)).toEqual([...(optional[name] ?? [])].sort())
  expect(spared('replace').filter((path) => !absent.includes(path))).toEqual([])
})

test.each(Object.keys(optional))('%s: what is mistyped denies', (name) => {
  const [decision, from = ''] = name.split('.')
  const known = decisionNames.find((it) => it === decision) ?? 'read'
  const input = casesOf(known).inputs[from] as Json
  const read = pointers(input).filter(
    (path) =>
      !grants.test(path) &&
      !(optional[name] ?? []).some((it) => path === it || path.startsWith(`${it}/`)),
  )
  const spared = [7, true, {}, []].flatMap((value) =>
    read
      .filter((path) => kindOf(at(input, path)) !== kindOf(value))
      .filter(
        (path) => decide(known, patched(input, [{ op: 'replace', path, value }]) as Json).allow,
      )
      .map((path) => `${path} := ${JSON.stringify(value)}`)
      // Counting persons reads no column.
      .filter((it) => it !== '/uses/columns := []'),
  )
  expect(spared).toEqual([])
})

test('every purpose of Article 53 is lawful, and every one of Article 54 is refused with its letter', () => {
  const { inputs } = casesOf('application')
  const ask = (purpose: string) =>
    decide(
      'application',
      patched(inputs['submit'], [
        { op: 'replace', path: '/content/purpose', value: purpose },
        { op: 'replace', path: '/content/applicant/kind', value: 'public-body' },
      ]) as Json,
    ).reasons.map((it) => it.article)
  for (const purpose of Object.keys(purposes))
    expect([purpose, ask(purpose)]).toEqual([purpose, []])
  for (const [purpose, { article }] of Object.entries(prohibitedPurposes))
    expect([purpose, ask(purpose)]).toEqual([purpose, [article]])
})

test('53(2) binds exactly the purposes that the domain reserves', () => {
  const { inputs } = casesOf('application')
  for (const [purpose, { publicBodiesOnly }] of Object.entries(purposes)) {
    const input = patched(inputs['submit'], [
      { op: 'replace', path: '/content/purpose', value: purpose },
    ])
    expect([purpose, decide('application', input as Json).allow]).toEqual([
      purpose,
      !publicBodiesOnly,
    ])
  }
})

test('every reason names a rule, a known article, a place, a message and a fix', () => {
  const reasons = allCases.flatMap((it) => decide(it.decision, it.input).reasons)
  expect(reasons.length).toBeGreaterThan(200)
  for (const it of reasons) {
    expect(Object.keys(articles)).toContain(it.article)
    expect(it.rule).toMatch(/^[a-z0-9-]+$/)
    expect(it.place).toMatch(/^\//)
    expect(it.message).toMatch(/^[A-Z].*\.$/)
    expect(it.fix).toMatch(/^[A-Z].*\.$/)
  }
})
