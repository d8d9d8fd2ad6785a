import type { DataScope, Tool } from './application.ts'
import { assertNever } from './problem.ts'
import type { Purpose } from './purpose.ts'
import type { Transitions } from './transition.ts'

export type PermitState = 'granted' | 'revoked' | 'expired'

export const permitTransitions: Transitions<PermitState> = {
  granted: { revoked: 'access-body', expired: 'gateway' },
  revoked: {},
  expired: {},
}

export function mayRun(state: PermitState): boolean {
  switch (state) {
    case 'granted':
      return true
    case 'revoked':
    case 'expired':
      return false
    default:
      return assertNever(state)
  }
}

/** Article 68(10)(h) conditions, after policy has added its obligations. */
export type Conditions = Readonly<{
  profile: 'standard' | 'reviewed' | 'cube'
  /** Least number of contributing persons; policy of the access body, not a number of the law. */
  k: number
  /** zCDP budget of the permit. */
  rho: number
  /** Noise variance of a count when the analysis asks for no other. */
  variance: number
  rounding: number
  /** `each`: the access body approves each script by digest. `proven`: a proven SQL analysis is approved by policy, 73(2). */
  analysisApproval: 'each' | 'proven'
  reviewers: number
  /** Permits that the access body declared to be one: they share the meter of this name and its zCDP budget. */
  group?: Readonly<{ name: string; budget: number }>
  /** Of the `cube` profile: its questions, laid down by the access body, and no others. */
  lattice?: Lattice
}>

/** A published dashboard: a name and the texts of its questions. */
export type Lattice = Readonly<{ name: string; questions: readonly string[] }>

export type Permit = Readonly<{
  id: string
  state: PermitState
  application: string
  version: number
  purpose: Purpose
  holder: string
  authorisedPersons: readonly string[]
  principalInvestigator: string
  data: DataScope
  /** As applied for, 67(2)(i). Absent in a permit from before there were scripts: SQL alone. */
  tools?: readonly Tool[]
  /** language -> digest of its runtime at approval, for the tools that are script languages and were installed. */
  runtimes?: Readonly<Record<string, string>>
  conditions: Conditions
  /** dataset -> snapshot digest pinned at approval; the population is that of these snapshots. */
  snapshots: Readonly<Record<string, string>>
  /** dataset -> digest of the workspace built for this permit (66: nothing else is reachable). */
  workspaces: Readonly<Record<string, string>>
  issuedAt: string
  expiresAt: string
  /** Compact JWS over the published permit document. */
  jws: string
}>
