import { assertMay } from '../airlock/who.ts'
import { fieldsProblem } from '../analysis/scripted/frame.ts'
import type { Report } from '../analysis/scripted/report.ts'
import { assertReviewable } from '../disclosure/reviewed/reviewed.ts'
import { type Analysis, analysisTransitions, type Codelists } from '../domain/analysis.ts'
import type { Page, Versioned } from '../domain/capabilities.ts'
import { sha256 } from '../domain/digest.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'
import type { ReducerSpec } from '../domain/reducer.ts'
import { type Actor, gatewayActor } from '../domain/role.ts'
import type { Script } from '../domain/script.ts'
import { move } from '../domain/transition.ts'
import { assertInLattice } from './cube.ts'
import { gate, need, type Once } from './gate.ts'
import type { House } from './house.ts'
import { assertReadable, described, type Input, now } from './inputs.ts'
import { type PageOf, pageOptions, values } from './page.ts'
import { permitNow } from './permit.ts'
import { type Price, priceOf } from './price.ts'
import type { ProvenQuestion, Question } from './prove.ts'
import {
  type Asked,
  assertRuntime,
  digestOfAsked,
  proveAsked,
  runtimeOf,
  tablesOf,
  usesOfAsked,
} from './question.ts'
import { authorsOf, submitterOf } from './queue.ts'
import { reportOf } from './report.ts'

export type AnalysisBody = Readonly<{
  name: string
  language: Analysis['language']
  text: string
  reducer?: ReducerSpec
  variance?: number | undefined
  script?: Script | undefined
  codelists?: Codelists | undefined
}>

/** What a proof costs and shows before anything runs; from the text and the dictionary alone. */
export type Check = Price &
  Readonly<{ accepted: true; tables: readonly string[]; released: readonly string[] }>

async function checkOf(
  house: House,
  permit: Permit,
  asked: Asked,
  { proven, exact }: ProvenQuestion,
  variance: number,
): Promise<Check> {
  const { profile, lattice } = permit.conditions
  const whole = asked.script?.mode === 'whole'
  if (profile === 'reviewed' && exact === undefined && !whole) assertReviewable(proven)
  if (lattice !== undefined && !whole) await assertInLattice(house, permit, lattice, proven)
  return {
    accepted: true,
    ...(await priceOf(house, permit, proven, variance, tablesOf(house, permit, asked))),
    tables: proven.tables,
    released: proven.output.map((it) => it.name),
  }
}

/** The price and shape of a query, before it is submitted. Nothing is written: it says nothing about data. */
export async function checkView(
  house: House,
  actor: Actor,
  permitId: string,
  body: Pick<AnalysisBody, 'text' | 'reducer' | 'codelists' | 'variance' | 'script'>,
): Promise<Check> {
  const { value: permit } = await permitNow(house, permitId, actor)
  assertFields(body.script)
  const asked = { ...questionOf(body), ...(body.script && { script: body.script }) }
  const question = await proveAsked(house, permit, asked)
  return checkOf(house, permit, asked, question, body.variance ?? permit.conditions.variance)
}

/** What is asked, with the runtime of today where it holds a script. Throws `invalid-input` and `jail-unavailable`. */
async function askedOf(
  house: House,
  body: Pick<AnalysisBody, 'text' | 'reducer' | 'codelists' | 'script'>,
): Promise<Asked> {
  const { script } = body
  if (script === undefined) return questionOf(body)
  assertFields(script)
  return { ...questionOf(body), script, runtime: await runtimeOf(house, script) }
}

const questionOf = ({
  text,
  reducer,
  codelists,
}: Pick<AnalysisBody, 'text' | 'reducer' | 'codelists'>): Question => ({
  text,
  ...(reducer && { reducer }),
  ...(codelists && { codelists }),
})

function assertFields(script: Script | undefined): void {
  const wrong = script?.mode === 'person' ? fieldsProblem(script.fields) : undefined
  if (wrong !== undefined) throw new Problem('invalid-input', { rule: 'script-fields', ...wrong })
}

/** For the log: which code, in which runtime; never a line of it. */
const scriptFacts = ({ script, runtime }: Analysis) =>
  script === undefined
    ? {}
    : { script: sha256(script.text), mode: script.mode, language: script.language, runtime }

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
): Promise<Reported & Readonly<{ check: Check }>> {
  const { value: permit } = await permitNow(house, permitId, actor)
  const variance = body.variance ?? permit.conditions.variance
  const asked = await askedOf(house, body)
  const question = await proveAsked(house, permit, asked)
  const { proven } = question
  const check = await checkOf(house, permit, asked, question, variance)
  const submitted: Analysis = {
    id: house.random.id('analysis'),
    permit: permit.id,
    state: 'submitted',
    name: body.name,
    language: body.language,
    ...asked,
    digest: digestOfAsked(asked),
    canonical: sha256(proven.canonical),
    variance,
    submittedBy: actor.subject,
    createdAt: now(house),
  }
  const report = await reportOf(house, submitted)
  const about = `analysis/${submitted.id}`
  const facts = {
    permit: permit.id,
    digest: submitted.digest,
    rho: check.rho,
    tables: check.tables,
    ...scriptFacts(submitted),
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
        result: { ...analysis, check, ...(report === undefined ? {} : { report }) },
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
  if (body.outcome === 'approve') await assertRuntime(house, value)
  const { proven } = await proveAsked(house, permit, value)
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
      ...(approving === 'resume' && {
        submitterOrganisation: (await submitterOf(house, id))?.organisation ?? '',
      }),
    },
    act: async () => {
      if (actor.role === 'output-checker') await assertImpartial(house, actor, permit, id)
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

/** 55(3): a checker who lets an analysis go on after runs that failed is as impartial as one who reads what they printed. */
async function assertImpartial(
  house: House,
  actor: Actor,
  permit: Permit,
  id: string,
): Promise<void> {
  const where = { analysis: id, state: 'failed' }
  const { items } = await house.store.list('run', { where, limit: 1000 })
  for (const { value } of items) {
    const authors = { permit, ...(await authorsOf(house, value)) }
    assertMay('inspect', actor, authors, `analysis/${id}`)
  }
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
  uses: usesOfAsked(analysis, proven),
})

/** An analysis with the static report of its script, for whoever may read it; approval is decided beside it. */
export type Reported = Analysis & Readonly<{ report?: Report }>

export async function viewAnalysis(house: House, actor: Actor, id: string): Promise<Reported> {
  const { value } = await ownAnalysis(house, actor, id)
  const report = await reportOf(house, value)
  return { ...value, ...(report === undefined ? {} : { report }) }
}

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
  const found = values(await house.store.list('analysis', pageOptions(page, { permit: permitId })))
  return { ...found, items: found.items.map(withoutCode) }
}

/** In a list the digest stands for the code: a page of scripts would be too long to send. */
const withoutCode = (analysis: Analysis): Analysis =>
  analysis.script === undefined
    ? analysis
    : { ...analysis, script: { ...analysis.script, text: '' } }
