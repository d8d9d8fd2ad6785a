import type { Protected } from './glass.ts'
import type { StatedPurpose } from './purpose.ts'
import type { ReducerSpec } from './reducer.ts'
import type { Evidence, Review } from './review.ts'
import type { DeclaredOutput, Script } from './script.ts'
import type { Transitions } from './transition.ts'

export type AnalysisState = 'submitted' | 'approved' | 'refused' | 'suspended'

export const analysisTransitions: Transitions<AnalysisState> = {
  submitted: { approved: 'access-body', refused: 'access-body' },
  // A run that dies of time or memory suspends its analysis until a checker acts.
  approved: { suspended: 'gateway', refused: 'access-body' },
  refused: {},
  suspended: { approved: 'output-checker', refused: 'output-checker' },
}

/** Name of a code list -> its codes; a code that ends in * stands for all that begin so. */
export type Codelists = Readonly<Record<string, readonly string[]>>

export type Analysis = Readonly<{
  id: string
  permit: string
  state: AnalysisState
  name: string
  language: 'sql'
  /** The question: a query with GROUP BY, or the frame of `reducer`; of `frame` where a script makes it. */
  text: string
  /** The question's own code lists; they are part of what is approved. */
  codelists?: Codelists
  reducer?: ReducerSpec
  script?: Script
  /** Digest of the runtime (interpreter, packages, SDK) that the script was submitted for; approval binds to it too. */
  runtime?: string
  /** SHA-256 of the text's bytes, or of the canonical JSON of text, reducer, script and runtime; approval binds to it. */
  digest: string
  /** Digest of the canonical IR where the language has a proof. */
  canonical?: string
  /** Noise variance of a count, in persons squared. */
  variance: number
  submittedBy: string
  createdAt: string
  decidedBy?: string
}>

export type RunState = 'queued' | 'running' | 'finished' | 'failed' | 'cancelled'

export const runTransitions: Transitions<RunState> = {
  queued: { running: 'gateway', cancelled: 'gateway', failed: 'gateway' },
  running: { finished: 'gateway', failed: 'gateway', cancelled: 'gateway' },
  finished: {},
  failed: {},
  cancelled: {},
}

/** `failed` says nothing more to a data user: exit code, duration and error text of a run over real data are secret. */
export type Run = Readonly<{
  id: string
  permit: string
  analysis: string
  dataset: string
  /** Purpose of use stated for this run; checked again at its release. */
  purpose: StatedPurpose
  state: RunState
  requestedBy: string
  createdAt: string
  /** rho charged for this run; 0 for a canonical repeat. */
  charged: number
  /** Thresholds that one person can pass in its table; for the permit's delta. Absent in runs of before it was told. */
  thresholds?: number
  output?: string
  /** Of a whole-workspace script: one output for each declared one. */
  outputs?: readonly Readonly<{ name: string; output: string }>[]
}>

/**
 * What a script that gave no outputs printed, and how it ended: for output checkers, who decide whether its analysis may go
 * on, and never for a data user. `id` is that of its run.
 */
export type Transcript = Readonly<{
  id: string
  permit: string
  analysis: string
  /** How the jail saw it end, `exit <code>` included, or the rule that its outputs broke. */
  end: string
  log: string
  createdAt: string
}>

export const outputStates = ['checked', 'in-review', 'released', 'withheld', 'returned'] as const
export type OutputState = (typeof outputStates)[number]

export const outputTransitions: Transitions<OutputState> = {
  checked: { 'in-review': 'gateway', released: 'gateway', withheld: 'gateway' },
  // The gateway moves it, on the votes of the checkers alone.
  'in-review': { released: 'gateway', withheld: 'gateway', returned: 'gateway' },
  // A sample of automatic releases is looked at afterwards, and may be called back.
  released: { withheld: 'gateway' },
  withheld: {},
  returned: {},
}

export type Output = Readonly<{
  id: string
  run: string
  permit: string
  state: OutputState
  digest: string
  table: Protected
  createdAt: string
  /** Of a whole-workspace script: what it declared, and its log, for checkers alone. */
  declared?: DeclaredOutput
  log?: string
  /** What the automatic checks found, for checkers; absent where a theorem stands for it. */
  evidence?: Evidence
  /** Present while it stands in the queue of the checkers. */
  queue?: 'open'
  review?: Review
}>
