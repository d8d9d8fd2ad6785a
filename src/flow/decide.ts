import { type Application, applicationTransitions } from '../domain/application.ts'
import type { Conditions, Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import { type Purpose, purposes } from '../domain/purpose.ts'
import type { Actor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { groupMembers } from './budget.ts'
import { assertLattice } from './cube.ts'
import { type Act, gate, need } from './gate.ts'
import type { House } from './house.ts'
import { catalogueOf, type Input } from './inputs.ts'
import { signed } from './permit.ts'
import { runtimesOf } from './question.ts'
import { buildWorkspaces, forgetWorkspaces, keepWorkspaces, newestSnapshots } from './workspace.ts'

export type DecisionBody = Readonly<{
  outcome: 'approve' | 'refuse' | 'return'
  reason: string
  articles: readonly string[]
  conditions?: Readonly<Record<string, unknown>> | undefined
}>

/** A permit before it has a workspace and a signature; `conditions` are what the access body proposes. */
type Draft = Omit<Permit, 'jws' | 'workspaces' | 'conditions' | 'purpose'> &
  Readonly<{ purpose: string; conditions: Readonly<Record<string, unknown>> }>

const OUTCOME = { approve: 'approved', refuse: 'refused', return: 'awaiting-information' } as const

/**
 * Article 68: the access body decides. The policy judges the draft permit and answers with its conditions; then the
 * workspaces are built (66, 73(1)(d)) and the permit is signed. Nothing of it stays if a part fails.
 */
export async function decideApplication(
  house: House,
  actor: Actor,
  id: string,
  body: DecisionBody,
): Promise<Application> {
  const { value: application, version } = await need(house, 'application', id)
  const catalogue = await catalogueOf(house)
  const now = house.clock.now().toISOString()
  const draft =
    body.outcome === 'approve'
      ? await draftOf(house, application, body, { now, catalogue })
      : undefined
  const step = gate(house, {
    actor,
    decision: 'permit',
    about: `application/${id}`,
    input: {
      step: body.outcome,
      actor,
      now,
      reason: body.reason,
      application,
      catalogue,
      ...(draft === undefined ? {} : { permit: draft, ...(await groupBudgets(house, draft)) }),
    },
    act: async ({ obligations }) => {
      const state = move(
        applicationTransitions,
        application.state,
        OUTCOME[body.outcome],
        actor.role,
      )
      const permit = draft === undefined ? undefined : await issue(house, draft, obligations)
      const decided: Application = {
        ...application,
        state,
        decision: {
          outcome: OUTCOME[body.outcome],
          by: actor.subject,
          at: now,
          reason: body.reason,
          articles: body.articles,
          ...(permit === undefined ? {} : { permit: permit.id }),
        },
      }
      return record(decided, version, permit, body)
    },
  })
  try {
    const { result } = await step
    if (draft !== undefined) await keepWorkspaces(house, draft.id)
    return result
  } catch (error) {
    // The refusal is what the caller has to hear, also where cleaning up must wait for the next start.
    if (draft !== undefined) await forgetWorkspaces(house, draft.id).catch(() => undefined)
    throw error
  }
}

async function draftOf(
  house: House,
  application: Application,
  body: DecisionBody,
  { now, catalogue }: Readonly<{ now: string; catalogue: Input }>,
): Promise<Draft> {
  const { content } = application
  const proposed = house.decide('application', {
    step: 'submit',
    actor: {
      subject: application.applicant,
      role: 'data-user',
      organisation: content.applicant.organisation,
    },
    now,
    content,
    catalogue,
    applicant: application.applicant,
  }).obligations
  const snapshots = await newestSnapshots(house, content.data)
  return {
    id: house.random.id('permit'),
    state: 'granted',
    application: application.id,
    version: 1,
    purpose: content.purpose,
    holder: content.applicant.organisation,
    authorisedPersons: content.authorisedPersons.map((it) => it.subject),
    principalInvestigator: content.authorisedPersons[0]?.subject ?? '',
    data: content.data,
    tools: content.tools,
    runtimes: await runtimesOf(house, content.tools),
    conditions: { ...only(CONDITIONS, proposed), ...body.conditions },
    snapshots: Object.fromEntries(Object.entries(snapshots).map(([id, it]) => [id, it.digest])),
    issuedAt: now,
    expiresAt: monthsAfter(now, content.durationMonths),
  }
}

/** 68(12): whole months; from the 31st to the last day of a shorter month, never into the next. */
export function monthsAfter(instant: string, months: number): string {
  const end = new Date(instant)
  const day = end.getUTCDate()
  end.setUTCMonth(end.getUTCMonth() + months)
  if (end.getUTCDate() !== day) end.setUTCDate(0)
  return end.toISOString()
}

const CONDITIONS = ['profile', 'k', 'rho', 'variance', 'rounding', 'reviewers', 'analysisApproval']

const only = (names: readonly string[], from: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)))

async function issue(
  house: House,
  draft: Draft,
  obligations: Readonly<Record<string, unknown>>,
): Promise<Permit> {
  const conditions = conditionsOf(obligations)
  if (conditions.lattice !== undefined) await assertLattice(house, draft, conditions.lattice)
  const workspaces = await buildWorkspaces(house, draft, obligations['optOutOverride'] === true)
  return signed(house, { ...draft, purpose: purposeOf(draft.purpose), conditions, workspaces })
}

/** What the other permits of the draft's group share, for the policy to compare. */
async function groupBudgets(house: House, { conditions }: Draft) {
  const { name } = (conditions['group'] ?? {}) as Readonly<{ name?: string }>
  if (name === undefined) return {}
  const members = await groupMembers(house, name)
  return { groupBudgets: members.map(({ value }) => value.conditions.group?.budget ?? 0) }
}

function record(
  decided: Application,
  version: number,
  permit: Permit | undefined,
  body: DecisionBody,
): Act<Application> {
  const about = `application/${decided.id}`
  const put = { put: 'application', value: decided, version } as const
  if (permit === undefined) {
    const type = body.outcome === 'refuse' ? 'application-refused' : 'application-returned'
    return {
      change: [put],
      events: [{ type, about, facts: { articles: body.articles } }],
      result: decided,
    }
  }
  const { conditions, snapshots, workspaces } = permit
  return {
    change: [put, { put: 'permit', value: permit, version: 0 }],
    events: [
      { type: 'application-approved', about, facts: { permit: permit.id } },
      { type: 'workspace-built', about: `permit/${permit.id}`, facts: { snapshots, workspaces } },
      { type: 'permit-issued', about: `permit/${permit.id}`, facts: { conditions } },
    ],
    result: decided,
  }
}

function purposeOf(stated: string): Purpose {
  if (stated in purposes) return stated as Purpose
  throw new Problem('refused-by-policy', { rule: 'purpose-not-permitted', article: '53(1)' })
}

/** The policy's obligations are the conditions; a missing or malformed one is no permit. */
function conditionsOf(obligations: Readonly<Record<string, unknown>>): Conditions {
  const number = (name: string): number => {
    const value = obligations[name]
    if (typeof value !== 'number' || !(value >= 0)) throw incomplete(name)
    return value
  }
  const { profile, analysisApproval } = obligations
  if (profile !== 'standard' && profile !== 'reviewed' && profile !== 'cube')
    throw incomplete('profile')
  if (analysisApproval !== 'each' && analysisApproval !== 'proven')
    throw incomplete('analysisApproval')
  return {
    profile,
    analysisApproval,
    k: number('k'),
    rho: number('rho'),
    variance: number('variance'),
    rounding: number('rounding'),
    reviewers: number('reviewers'),
    ...groupOf(obligations['group']),
    ...latticeOf(obligations['lattice']),
  }
}

/** Absent where no group is declared. */
function groupOf(declared: unknown): Pick<Conditions, 'group'> {
  if (declared === undefined) return {}
  const { name, budget } = declared as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || typeof budget !== 'number') throw incomplete('group')
  return { group: { name, budget } }
}

/** Absent but in a cube. */
function latticeOf(declared: unknown): Pick<Conditions, 'lattice'> {
  if (declared === undefined) return {}
  const { name, questions } = declared as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || !Array.isArray(questions)) throw incomplete('lattice')
  return { lattice: { name, questions: questions.map(String) } }
}

const incomplete = (obligation: string): Problem =>
  new Problem('policy-unavailable', {
    rule: 'obligation-missing',
    place: obligation,
    reason: 'The policy allowed the permit without saying under which conditions.',
  })
