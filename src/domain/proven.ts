import type { Domain } from './dataset.ts'
import type { Cell } from './glass.ts'

/**
 * A query that the analysis room has proven person-local and printed afresh.
 * It is all that the engine runs and all that disclosure knows: it depends on the text and the dictionary alone.
 */
export type Proven = Readonly<{
  /** Our printing. Returns per cell the labels, then for each statistic `s<i>` (HUGEINT) and `n<i>` (BIGINT). */
  sql: string
  /** The person-local relation before the released GROUP BY, for the split test. */
  personSql: string
  /** Canonical text of the IR; equal for queries that differ in spelling only. */
  canonical: string
  tables: readonly string[]
  /** `table.column` for every column read. */
  columns: readonly string[]
  labels: readonly Readonly<{ name: string; domain: Domain; values?: readonly Cell[] }>[]
  /**
   * GROUPING SETS: the labels that each set keeps; the others hold `all` in its cells. Absent for one plain GROUP BY.
   * Every set is a table of its own: they count in `cellsPerPerson`.
   */
  sets?: readonly (readonly number[])[]
  statistics: readonly Statistic[]
  /** Cells one person can contribute to, C; 1 is proven where labels hang on a one-row-per-person relation. */
  cellsPerPerson: number
  /** Of a reducer that decides more often than it counts persons (km, flow): thresholds that one person can pass. */
  gates?: number
  /** The released columns, in the order of the SELECT list. */
  output: readonly OutputColumn[]
  /** Post-processing on published values only. */
  order: readonly Readonly<{ column: number; descending: boolean }>[]
  /** HAVING: rows whose published values fail one of these, or were withheld, are absent. */
  having?: readonly Readonly<{
    column: number
    test: '=' | '<>' | '<' | '<=' | '>' | '>='
    value: number
  }>[]
  limit?: number
}>

/** A noised primitive: a sum over persons of a clamped per-person value, or of 1 (`persons`). */
export type Statistic = Readonly<{
  id: string
  kind: 'persons' | 'sum'
  /** Lattice units per one unit of the value: value * scale is an integer. 1 for counts. */
  scale: number
  /** Bounds of one person's contribution to one cell, in lattice units. */
  lo: number
  hi: number
  /** For a `sum`, the id of the `persons` statistic that counts who contributes. */
  contributors: string
}>

export type OutputColumn = Readonly<{ name: string }> &
  (
    | Readonly<{ kind: 'label'; label: number }>
    /** `digits`: after noise, the decimals that the question asks for. */
    | Readonly<{ kind: 'value'; statistic: string; digits?: number }>
    /** mean = (sum / scale) / persons, both noised. */
    | Readonly<{ kind: 'ratio'; numerator: string; denominator: string; digits?: number }>
  )
