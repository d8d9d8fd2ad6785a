import { assertReviewable } from '../disclosure/reviewed/reviewed.ts'
import { type Analysis, analysisTransitions } from '../domain/analysis.ts'
import type { Page, Versioned } from '../domain/capabilities.ts'
import { sha256 } from '../domain/digest.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { assertInLattice } from './cube.ts'
import { gate, need, type Once } from './gate.ts'
import type { House } from './house.ts'
import { assertReadable, described, type Input, now, usesOf } from './inputs.ts'
import { type PageOf, pageOptions, values } from './page.ts'
import { permitNow } from './permit.ts'
import { type Price, priceOf } from './price.ts'
import {
  type Asked,
  dictionaryOf,
  digestOfAsked,
  type ProvenQuestion,
  proveUnder,
} from './prove.ts'

export type AnalysisBody = Asked &
  Readonly<{
    name: string
    language: Analysis['language']
    variance?: number | undefined
  }>

/** What a proof costs and shows before anything runs; from the text and the dictionary alone. */
export type Check = Price &
  Readonly<{ accepted: true; tables: readonly string[]; released: readonly string[] }>

async function checkOf(
  house: House,
  permit: Permit,
  { proven, exact }: ProvenQuestion,
  variance: number,
): Promise<Check> {
  const { profile, lattice } = permit.conditions
  if (profile === 'reviewed' && exact === undefined) assertReviewable(proven)
  if (lattice !== undefined) await assertInLattice(house, permit, lattice, proven)
  return {
    accepted: true,
    ...(await priceOf(house, permit, proven, variance, dictionaryOf(house, permit))),
    tables: proven.tables,
    released: proven.output.map((it) => it.name),
  }
}

/** The price and shape of a query, before it is submitted. Nothing is written: it says nothing about data. */
export async function checkView(
  house: House,
  actor: Actor,
  permitId: string,
  body: Asked & Readonly<{ variance?: number | undefined }>,
): Promise<Check> {
  const { value: permit } = await permitNow(house, permitId, actor)
  const question = await proveUnder(house, permit, body)
  return checkOf(house, permit, question, body.variance ?? permit.conditions.variance)
}

/**
 * A listed person submits a script. SQL is proven at once; where permit and policy grant it (73(2)) a proven query is
 * approved by the policy, otherwise the access body approves exactly these bytes by their digest.
 */
export async function submitAnalysis(
  house: House,
  actor: Actor,
  permitId: string,
  body: AnalysisBody,
  once?: Once,
): Promise<Analysis & Readonly<{ check: Check }>> {
  const { value: permit } = await permitNow(house, permitId, actor)
  const variance = body.variance ?? permit.conditions.variance
  const question = await proveUnder(house, permit, body)
  const { proven } = question
  const check = await checkOf(house, permit, question, variance)
  const submitted: Analysis = {
    id: house.random.id('analysis'),
    permit: permit.id,
    state: 'submitted',
    name: body.name,
    language: body.language,
    text: body.text,
    ...(body.codelists !== undefined && { codelists: body.codelists }),
    ...(body.reducer !== undefined && { reducer: body.reducer }),
    digest: digestOfAsked(body),
    canonical: sha256(proven.canonical),
    variance,
    submittedBy: actor.subject,
    createdAt: now(house),
  }
  const about = `analysis/${submitted.id}`
  const facts = {
    permit: permit.id,
    digest: submitted.digest,
    rho: check.rho,
    tables: check.tables,
  }
  const { result } = await gate(house, {
    once,
    actor,
    decision: 'analysis',
    about,
    input: analysisInput(house, actor, 'submit', permit, submitted, proven),
    act: ({ obligations }) => {
      const automatic =
        obligations['analysisApproval'] === 'proven' &&
        approvedByProof(house, permit, submitted, proven)
      const analysis: Analysis = automatic
        ? { ...submitted, state: 'approved', decidedBy: 'policy' }
        : submitted
      return {
        change: [{ put: 'analysis', value: analysis, version: 0 }],
        events: [
          { type: 'analysis-submitted', about, facts },
          ...(automatic ? ([{ type: 'analysis-approved', about, facts }] as const) : []),
        ],
        result: { ...analysis, check },
      }
    },
  })
  return result
}

/** 73(2): where the permit grants it, the policy approves a proven query in the gateway's name. */
const approvedByProof = (
  house: House,
  permit: Permit,
  analysis: Analysis,
  proven: Proven,
): boolean =>
  house.decide('analysis', {
    ...analysisInput(house, gatewayActor, 'approve', permit, analysis, proven),
    approvedDigest: analysis.digest,
    reason: 'proven',
  }).allow

/**
 * The access body approves or refuses exactly the digest it has read (one byte of difference is `digest-mismatch`); an
 * output checker resumes or refuses an analysis that a dead run suspended.
 */
export async function decideAnalysis(
  house: House,
  actor: Actor,
  id: string,
  body: Readonly<{ outcome: 'approve' | 'refuse'; digest: string; reason: string }>,
): Promise<Analysis> {
  const { value, version } = await need(house, 'analysis', id)
  const { value: permit } = await permitNow(house, value.permit)
  if (body.digest !== value.digest)
    throw new Problem('digest-mismatch', { place: `analysis/${id}`, rule: 'approval-digest' })
  const { proven } = await proveUnder(house, permit, value)
  const approving = value.state === 'suspended' ? 'resume' : 'approve'
  const { result } = await gate(house, {
    actor,
    decision: 'analysis',
    about: `analysis/${id}`,
    input: {
      ...analysisInput(
        house,
        actor,
        body.outcome === 'approve' ? approving : 'refuse',
        permit,
        value,
        proven,
      ),
      approvedDigest: body.digest,
      reason: body.reason,
    },
    act: () => {
      const to = body.outcome === 'approve' ? 'approved' : 'refused'
      const state = move(analysisTransitions, value.state, to, actor.role)
      const analysis: Analysis = { ...value, state, decidedBy: actor.subject }
      return {
        change: [{ put: 'analysis', value: analysis, version }],
        events: [
          {
            type: to === 'approved' ? 'analysis-approved' : 'analysis-refused',
            about: `analysis/${id}`,
            facts: { digest: value.digest, permit: value.permit },
          },
        ],
        result: analysis,
      }
    },
  })
  return result
}

const analysisInput = (
  house: House,
  actor: Actor,
  step: 'submit' | 'approve' | 'resume' | 'refuse',
  permit: Permit,
  analysis: Analysis,
  proven: Proven,
): Input => ({
  step,
  actor,
  now: now(house),
  permit,
  analysis: described(analysis),
  uses: usesOf(proven),
})

export async function ownAnalysis(
  house: House,
  actor: Actor,
  id: string,
): Promise<Versioned<Analysis>> {
  const found = await need(house, 'analysis', id)
  const { value: permit } = await permitNow(house, found.value.permit)
  assertReadable(house, actor, { kind: 'analysis', id, persons: permit.authorisedPersons })
  return found
}

export async function listAnalyses(
  house: House,
  actor: Actor,
  permitId: string,
  page: PageOf,
): Promise<Page<Analysis>> {
  await permitNow(house, permitId, actor)
  return values(await house.store.list('analysis', pageOptions(page, { permit: permitId })))
}
