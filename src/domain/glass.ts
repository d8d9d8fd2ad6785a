import type { Transcript } from './analysis.ts'
import type { Brand } from './brand.ts'
import type { Evidence, Review, Vote } from './review.ts'
import type { DeclaredOutput } from './script.ts'

/**
 * The four glasses. A value moves to the next one only through the room that earns it:
 * Rows (speak of persons; engine) -> Aggregate (exact, with persons per cell; analysis)
 * -> Protected (noised and thresholded; disclosure) -> Released (logged, with a receipt; airlock).
 * The HTTP door accepts Released and nothing else, so a leak is a type error before it is a bug.
 * test/architecture/glasses.test.ts holds which room may call which `mint`.
 */
export type Cell = string | number | boolean | bigint | null
export type Table = Readonly<{ columns: readonly string[]; rows: readonly (readonly Cell[])[] }>

export type Rows = Brand<Table, 'Rows'>

/** One row per cell of the released GROUP BY: labels, then per statistic its exact sum and exact contributing persons. */
export type Aggregate = Brand<
  Readonly<{
    cells: readonly Readonly<{
      labels: readonly Cell[]
      /** Aligned with `Proven.statistics`: exact integer sum on the statistic's lattice, and contributing persons. */
      sums: readonly bigint[]
      persons: readonly number[]
    }>[]
  }>,
  'Aggregate'
>

/** What may leave: noised, rounded, cells below the threshold absent. Numbers are in the column's own unit. */
export type Protected = Brand<Table & Readonly<{ statement: PrivacyStatement }>, 'Protected'>

export type Released = Brand<
  Table &
    Readonly<{
      statement: PrivacyStatement
      digest: string
      receipt: Readonly<Record<string, unknown>>
    }>,
  'Released'
>

/** A released table of before, beside the one that is looked at. */
export type Earlier = Table & Readonly<{ output: string; permit: string; digest: string }>

/** A table as it is shown for review: with its evidence, what was released before, and the votes that may be seen. */
export type UnderReview = Table &
  Readonly<{
    output: string
    permit: string
    run: string
    analysis: string
    dataset: string
    state: string
    digest: string
    statement: PrivacyStatement
    review: Omit<Review, 'votes' | 'closed'>
    /** The reader's own; those of others once all are in. */
    votes: readonly Vote[]
    evidence: Evidence
    /** Of a script: what it declared, and what it printed. */
    declared?: DeclaredOutput
    log?: string
    earlier: readonly Earlier[]
  }>

/**
 * What an output checker sees inside the environment: beside the four glasses, not one of them. It never becomes a
 * Released; only the airlock makes it, for an impartial checker, and only a checker's route can answer with it.
 */
export type Reviewable = Brand<UnderReview, 'Reviewable'>

/** What a failed script printed, as an impartial output checker sees it: like a Reviewable, it never leaves. */
export type SeenTranscript = Brand<Transcript, 'SeenTranscript'>

/** Printed with every permit and every result (design/disclosure.md section 3). */
export type PrivacyStatement = Readonly<{
  profile: 'standard' | 'reviewed' | 'cube'
  k: number
  /** zCDP of this table, under replacement of one person's records. */
  rho: number
  epsilon: number
  delta: number
  mu: number
  /** 2 Phi(mu/2) - 1: nobody's guess of one person's secret gains more, whatever they know. */
  worstCaseAdvantage: number
  effectiveThreshold: number
  rounding: number
  /** Noise variance of a count, persons squared. This and the two below are absent from tables of before they were told. */
  variance?: number
  /** Of a table: cells that one person can enter, and rows of one person that count, per table read. */
  cellsPerPerson?: number
  rowsPerPerson?: Readonly<Record<string, number>>
  words: string
}>

export const mint = {
  rows: (t: Table): Rows => t as Rows,
  aggregate: (cells: Aggregate['cells']): Aggregate => ({ cells }) as Aggregate,
  protected: (t: Table & { statement: PrivacyStatement }): Protected => t as Protected,
  released: (t: Protected, digest: string, receipt: Readonly<Record<string, unknown>>): Released =>
    ({ ...(t as Table & { statement: PrivacyStatement }), digest, receipt }) as Released,
  reviewable: (seen: UnderReview): Reviewable => seen as Reviewable,
  transcript: (seen: Transcript): SeenTranscript => seen as SeenTranscript,
}
