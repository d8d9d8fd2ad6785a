import type { StatedPurpose } from './purpose.ts'
import type { ScriptLanguage } from './script.ts'
import type { Transitions } from './transition.ts'

export type ApplicationState =
  | 'submitted'
  | 'awaiting-information'
  | 'approved'
  | 'refused'
  | 'withdrawn'

export const applicationTransitions: Transitions<ApplicationState> = {
  submitted: {
    'awaiting-information': 'access-body',
    approved: 'access-body',
    refused: 'access-body',
    withdrawn: 'data-user',
  },
  'awaiting-information': { submitted: 'data-user', withdrawn: 'data-user' },
  approved: {},
  refused: {},
  withdrawn: {},
}

/** What an application may ask to work with, 67(2)(i). */
export type Tool = 'sql' | ScriptLanguage

/** Which tables and columns, when, and whom: Article 67(2)(d) and the workspace's shape. */
export type DataScope = Readonly<{
  datasets: readonly string[]
  /** table -> columns; person_id is always included and never counts as a column. */
  tables: Readonly<Record<string, readonly string[]>>
  /** ISO days, inclusive; applies to every table with a time column. */
  period: Readonly<{ from: string; to: string }>
  /** Restricts who is in the workspace; absent means everybody not opted out. */
  population?: Readonly<{ bornFrom?: string; bornTo?: string; sex?: readonly string[] }>
}>

/** Article 67(2)(a)-(k). */
export type ApplicationContent = Readonly<{
  title: string
  applicant: Readonly<{
    organisation: string
    kind: 'public-body' | 'union-institution' | 'university' | 'company' | 'non-profit'
    /** Acting on behalf of a public body, 53(2). */
    onBehalfOf?: string
    country: string
  }>
  /** Natural persons who will have access, by token subject; the first is the principal investigator. */
  authorisedPersons: readonly Readonly<{ subject: string; name: string; function: string }>[]
  purpose: StatedPurpose
  purposeExplained: string
  intendedUse: string
  expectedBenefit: string
  data: DataScope
  /** Pseudonymised data need a justification, 66(3) and 67(2)(e). */
  form: Readonly<{ kind: 'anonymised' | 'pseudonymised'; justification?: string }>
  ownDatasets: readonly string[]
  safeguards: string
  durationMonths: number
  tools: readonly Tool[]
  ethics?: string
  /** 71(4): only public bodies, always with its justification. */
  optOutOverride?: Readonly<{ justification: string }>
  /** Article 69(d): what tables are planned; proposes the budget. */
  plannedTables?: number
}>

export type Application = Readonly<{
  id: string
  state: ApplicationState
  content: ApplicationContent
  applicant: string
  createdAt: string
  decision?: Readonly<{
    outcome: 'approved' | 'refused' | 'awaiting-information'
    by: string
    at: string
    reason: string
    articles: readonly string[]
    permit?: string
  }>
}>
