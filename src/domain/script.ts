import type { ColumnType, Domain } from './dataset.ts'
import type { Cell } from './glass.ts'

export const scriptLanguages = ['python', 'r', 'javascript'] as const
export type ScriptLanguage = (typeof scriptLanguages)[number]

/** Researchers' own code (design/disclosure.md, Tier B). Approval binds to text, SDK, runtime and what is declared. */
export type Script = PersonScript | WholeScript

/** table -> columns of the workspace that the script sees; nothing else is handed to it. */
export type Reads = Readonly<Record<string, readonly string[]>>

/**
 * A function of one person's records. Each person is one memoryless evaluation; the answers are the table `frame`
 * (one row per person), which the analysis's question is asked of, like any other table of the dictionary.
 */
export type PersonScript = Readonly<{
  mode: 'person'
  language: ScriptLanguage
  text: string
  reads: Reads
  fields: readonly Field[]
}>

/** One declared value per person. `otherwise` stands where the function fails, overruns or answers outside the domain. */
export type Field = Readonly<{
  name: string
  type: Exclude<ColumnType, 'timestamp'>
  domain: Exclude<Domain, { kind: 'person' | 'open' | 'codes' }>
  otherwise: Exclude<Cell, bigint>
}>

/** A script that sees the whole workspace. Everything it declares waits in the airlock for two checkers. */
export type WholeScript = Readonly<{
  mode: 'whole'
  language: ScriptLanguage
  text: string
  reads: Reads
  outputs: readonly DeclaredOutput[]
}>
export type DeclaredOutput = Readonly<{
  name: string
  /** `figure` is data for a figure that we render: series of points, never an image file. */
  kind: 'table' | 'model' | 'figure'
  meaning: string
}>

/**
 * What a whole-workspace script answers for a declared output: the numbers, and per number the evidence that its checks
 * need. `persons` are those behind a number; `top` are the shares (0 to 1, largest first) that the two persons who
 * contribute most have in it, for what is a sum or a mean of amounts.
 */
export type DeclaredTable = Readonly<{
  labels: readonly string[]
  values: readonly string[]
  rows: readonly Readonly<{
    labels: readonly Cell[]
    values: readonly Cell[]
    persons: number
    top?: readonly [number, number]
  }>[]
}>
export type DeclaredModel = Readonly<{
  /** `terms` that are indicators name the persons on their smaller side. */
  terms: readonly Readonly<{ term: string; estimate: number; se: number; persons?: number }>[]
  persons: number
  /** Persons on the smaller side of an outcome that is yes or no. */
  outcome?: number
  parameters: number
  /** Largest weight that one person has in their own fitted value (the greatest hat value). */
  leverage: number
}>
/** Data for a figure that we render. */
export type DeclaredFigure = Readonly<{
  x: string
  y: string
  points: readonly Readonly<{ series: string; x: Cell; y: number; persons: number }>[]
}>
