import type { Analysis, Output, Run } from '../domain/analysis.ts'
import type { Application, ApplicationContent } from '../domain/application.ts'
import type { Permit } from '../domain/permit.ts'
import type { StatedPurpose } from '../domain/purpose.ts'
import type { Verdict } from '../domain/review.ts'
import type { Actor } from '../domain/role.ts'
import type { Script } from '../domain/script.ts'

/**
 * What each decision in policies/ sees, field by field; policies/README.md says the same in prose. An input carries no
 * row, no cell and no text of an analysis. It goes to the log's payload, so that the decision can be replayed.
 */
export type PolicyInputs = Readonly<{
  application: ApplicationInput
  permit: PermitInput
  analysis: AnalysisInput
  run: RunInput
  release: ReleaseInput
  load: LoadInput
  read: ReadInput
}>

/** `now` is exactly what `Date.toISOString()` prints; any other form is refused. */
type Asked = Readonly<{ actor: Actor; now: string }>

/** Per dataset the newest snapshot's digest and, per table, its columns (Article 66: nothing else can be asked for). */
export type CatalogueFacts = Readonly<{
  datasets: Readonly<
    Record<
      string,
      Readonly<{ snapshot: string; tables: Readonly<Record<string, readonly string[]>> }>
    >
  >
}>

/** `applicant` is the recorded application's, that is `Application.applicant`. */
export type ApplicationInput = Asked &
  (
    | Readonly<{ step: 'submit'; content: ApplicationContent; catalogue: CatalogueFacts }>
    | Readonly<{
        step: 'complete'
        content: ApplicationContent
        catalogue: CatalogueFacts
        applicant: string
      }>
    | Readonly<{ step: 'withdraw'; applicant: string }>
  )

/** The permit that would be signed: without what only exists afterwards. */
export type PermitDraft = Omit<Permit, 'id' | 'state' | 'version' | 'workspaces' | 'jws'>

/** A new budget, and what is spent of the old one; rho. */
type NewBudget = Readonly<{ budget: number; spent: number }>

export type PermitInput = Asked &
  Readonly<{ reason: string }> &
  (
    | Readonly<{
        step: 'approve'
        application: Application
        permit: PermitDraft
        catalogue: CatalogueFacts
        /** Budgets of the granted permits of the draft's group, where it has one. */
        groupBudgets?: readonly number[]
      }>
    | Readonly<{ step: 'refuse' | 'return'; application: Application }>
    /** `group` where the shared budget is renewed too. */
    | Readonly<{ step: 'renew'; permit: PermitFacts; own: NewBudget; group?: NewBudget }>
    | Readonly<{ step: 'revoke'; permit: Pick<Permit, 'id' | 'state'> }>
  )

/** Everything about an analysis but its text and its script's. */
export type AnalysisFacts = Omit<Analysis, 'text' | 'script'> &
  Readonly<{ script?: Omit<Script, 'text'> }>
export type PermitFacts = Omit<Permit, 'jws'>

/** Tables and `table.column` that the analysis reads: from the proof, or from the manifest that was approved. */
export type Uses = Readonly<{ tables: readonly string[]; columns: readonly string[] }>

export type AnalysisInput = Asked &
  Readonly<{ permit: PermitFacts; analysis: AnalysisFacts }> &
  (
    | Readonly<{ step: 'submit'; uses: Uses }>
    /** By the access body, or by the gateway where the permit lets a proof approve. */
    | Readonly<{ step: 'approve'; uses: Uses; approvedDigest: string; reason: string }>
    | Readonly<{ step: 'refuse'; reason: string }>
    | Readonly<{ step: 'suspend' }>
    | Readonly<{ step: 'resume'; uses: Uses; reason: string; submitterOrganisation: string }>
  )

type RunFacts = Readonly<{
  /** Stated anew by who asks for the run. */
  purpose: StatedPurpose
  permit: PermitFacts
  analysis: AnalysisFacts
  dataset: string
  /** SHA-256 of the text that would run now. */
  digest: string
}>

export type RunInput = Asked &
  (
    | (RunFacts & Readonly<{ step: 'request' }>)
    /** By the gateway when the run leaves the queue; the permit may have ended since the request. */
    | (RunFacts & Readonly<{ step: 'start'; requestedBy: string }>)
    | Readonly<{ step: 'cancel'; permit: PermitFacts }>
  )

/** What a protected output promises. `profile`, `k`, `rounding` and `rho` are those of its privacy statement. */
export type OutputFacts = Omit<Output, 'table' | 'createdAt' | 'evidence' | 'queue' | 'review'> &
  Readonly<{
    kind: 'table' | 'model' | 'figure'
    profile: 'standard' | 'reviewed' | 'cube'
    k: number
    rounding: number
    rho: number
  }>

/** A standing vote without its comment. `digest` is that of what was voted on. */
export type VoteFacts = Readonly<{
  by: string
  role: Actor['role']
  organisation: string
  verdict: Verdict
  digest: string
}>

type ReleaseFacts = Readonly<{
  purpose: StatedPurpose
  permit: PermitFacts
  run: Pick<Run, 'id' | 'permit' | 'state' | 'requestedBy'>
  /** The organisation of the token that asked for the run. */
  requesterOrganisation: string
  /** Who submitted the analysis, and the organisation of that token. */
  submittedBy: string
  submitterOrganisation: string
  output: OutputFacts
  votes: readonly VoteFacts[]
}>

export type ReleaseInput = Asked &
  (
    | (ReleaseFacts & Readonly<{ step: 'release' }>)
    /** `receipt`: the log's receipt of the `output-released` event, with the table digest that the event names. */
    | (ReleaseFacts &
        Readonly<{
          step: 'deliver'
          receipt: Readonly<{ event: string; index: number; digest: string }>
        }>)
    | (Omit<ReleaseFacts, 'purpose'> &
        Readonly<{
          step: 'inspect' | 'vote' | 'consolidate' | 'withhold' | 'return' | 'confirm'
        }>)
  )

/** `holder` is the recorded dataset's, or the one a first load would record. */
export type LoadInput = Asked & Readonly<{ dataset: Readonly<{ id: string; holder: string }> }>

export type ReadInput = Asked &
  Readonly<{
    resource: Readonly<{
      kind:
        | 'dataset'
        | 'application'
        | 'permit'
        | 'analysis'
        | 'run'
        | 'run-log'
        | 'output'
        | 'meter'
        | 'event'
        | 'load-report'
      /** Subjects whose own it is: the applicant, or the permit's authorised persons. */
      persons?: readonly string[]
      /** Organisation of the data holder. */
      holder?: string
      /** Organisations that hold the datasets of a permit. */
      holders?: readonly string[]
      /** Of an output. */
      state?: string
    }>
  }>
