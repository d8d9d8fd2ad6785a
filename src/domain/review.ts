/** The vocabulary of output checking, Article 73(2): what checkers are shown, and what they say. */

export const verdicts = ['release', 'withhold', 'return'] as const
export type Verdict = (typeof verdicts)[number]

/** A checker's word on exactly these bytes. Never changed: who restates it after a disagreement adds another one. */
export type Vote = Readonly<{
  by: string
  organisation: string
  verdict: Verdict
  /** Free text of a human; read by the researcher only where the output is returned. */
  comment: string
  at: string
  /** Digest of the output that was voted on. */
  digest: string
  /** 1 blind, 2 after the disagreement was seen. */
  round: 1 | 2
}>

/** The automatic checks, in the vocabulary of SACRO; `suppression` is the audit of an exact table. */
export const checks = [
  'threshold',
  'suppression',
  'dominance',
  'residual-df',
  'sides',
  'leverage',
  'class-disclosure',
  'zeros',
  'differencing',
] as const
export const findingVerdicts = ['pass', 'review', 'fail'] as const
/** One automatic finding, for checkers alone. `fail`: not to be released as it is. `review`: a checker has to judge. */
export type Finding = Readonly<{
  check: (typeof checks)[number]
  verdict: (typeof findingVerdicts)[number]
  /** Where, by position or by the name of a column or an output. Never a label or a value. */
  place: string
  reason: string
  figures?: Readonly<Record<string, number>>
}>
export type Evidence = readonly Finding[]

export const reviewKinds = ['release', 'sample'] as const
/** `release` waits for its checkers; `sample` was released automatically and is looked at afterwards. */
export type Review = Readonly<{
  kind: (typeof reviewKinds)[number]
  since: string
  /** The checkers' clock ends here; nothing happens by itself when it has. */
  due: string
  /** Votes without which nothing is decided. */
  needed: number
  votes: readonly Vote[]
  closed?: Readonly<{ verdict: Verdict; by: string; at: string; comment?: string }>
}>
