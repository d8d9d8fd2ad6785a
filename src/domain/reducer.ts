import type { Cell } from './glass.ts'

/** A value of a label as a reducer names it. */
export type LabelValue = string | number | boolean

/**
 * What an analysis asks of its frame (one row per person, by proof), by names of the frame's columns. `by` makes groups.
 * The frame is the query's text without GROUP BY; what the reducer needs of it is summed by our own printing.
 */
export type ReducerSpec = Readonly<{ by?: readonly string[] }> &
  (
    | Readonly<{ kind: 'count' }>
    /** Share of the persons whose boolean column holds. */
    | Readonly<{ kind: 'proportion'; part: string }>
    /** Events per `per` units of person-time. */
    | Readonly<{ kind: 'rate'; events: string; time: string; per: number }>
    | Readonly<{
        kind: 'std_rate'
        events: string
        time: string
        per: number
        /** Label column of the strata, and their public weights, for example the European Standard Population. */
        stratum: string
        weights: readonly Readonly<{ value: LabelValue; weight: number }>[]
      }>
    | Readonly<{ kind: 'mean'; value: string }>
    /** `value` is a `bucket(...)` of a public grid. */
    | Readonly<{ kind: 'quantile'; value: string; quantiles: readonly number[] }>
    /** Numbers with mean and spread, labels with persons and share. */
    | Readonly<{ kind: 'table1'; values: readonly string[] }>
    | Readonly<{ kind: 'series'; period: string }>
    /** Attrition: `step` names the last step that a person reaches. */
    | Readonly<{ kind: 'flow'; step: string; steps: readonly LabelValue[] }>
    /** `time` is a `bucket(...)` of a public grid of follow-up time, `event` says whether it ended with the event. */
    | Readonly<{ kind: 'km'; time: string; event: string }>
    | Readonly<{ kind: 'linear'; outcome: string; terms: readonly string[] }>
    | Readonly<{ kind: 'logistic'; outcome: string; terms: readonly string[] }>
    | Readonly<{ kind: 'poisson'; outcome: string; terms: readonly string[] }>
    /** Exact, in the `reviewed` profile alone. */
    | Readonly<{
        kind: 'glm'
        family: 'gaussian' | 'logistic' | 'poisson'
        outcome: string
        terms: readonly string[]
      }>
    | Readonly<{ kind: 'cox'; time: string; event: string; terms: readonly string[] }>
  )

/** A public scale of a column: z = (x - middle) / half lies in [-1, 1]. */
export type Scale = Readonly<{ middle: number; half: number }>
/** How the coefficients of a model on public scales are told in the columns' own units; the first term is the intercept. */
export type Units = Readonly<{ outcome: Scale; terms: readonly Scale[] }>

/** A reducer whose frame is proven: ids of statistics and indexes of labels of its `Proven`. */
export type Reducer = SummedReducer | ModelReducer

/** `sum` and `squares` are of the value less `centre`, a public point between its bounds. Names of statistics. */
export type Moments = Readonly<{
  persons: string
  sum: string
  squares: string
  lo: number
  hi: number
  centre: number
}>

/** Post-processing of one noised aggregate. */
export type SummedReducer =
  | Readonly<{ kind: 'count'; persons: string }>
  | Readonly<{ kind: 'proportion'; part: string; whole: string }>
  /** `cases` counts the persons with an event, for the threshold. */
  | Readonly<{
      kind: 'rate'
      events: string
      time: string
      persons: string
      cases: string
      per: number
    }>
  | Readonly<{
      kind: 'std_rate'
      events: string
      time: string
      persons: string
      cases: string
      per: number
      /** Label whose values are the strata, and their public weights, for example the European Standard Population. */
      stratum: number
      weights: readonly (readonly [Cell, number])[]
    }>
  | (Moments & Readonly<{ kind: 'mean' }>)
  | Readonly<{
      kind: 'quantile'
      persons: string
      /** Label whose values are the lower edges of the bins, in order; `top` closes the last bin. */
      bin: number
      edges: readonly number[]
      top: number
      quantiles: readonly number[]
    }>
  /** A number of table 1, as `mean`. */
  | (Moments & Readonly<{ kind: 'table1-number'; name: string }>)
  /** A label of table 1: persons and share of each value, missing ones included. */
  | Readonly<{
      kind: 'table1-label'
      name: string
      persons: string
      label: number
      values: readonly Cell[]
    }>
  /** Counts along a public grid of times; a point that is not shown is absent. */
  | Readonly<{ kind: 'series'; persons: string }>
  /** Persons left after each step, and those lost; a drop is a cell with a threshold of its own. */
  | Readonly<{ kind: 'flow'; step: number; persons: string; steps: readonly Cell[] }>
  | Readonly<{
      kind: 'km'
      persons: string
      interval: number
      /** Value of the interval label and the time it ends at. */
      until: readonly (readonly [Cell, number])[]
      ended: number
      event: Cell
    }>
  | Readonly<{
      kind: 'linear'
      persons: string
      terms: readonly string[]
      xx: readonly string[]
      xy: readonly string[]
      yy: string
      units: Units
    }>

/** Noised steps of Newton: the engine is asked once for each, with the coefficients reached so far. */
export type ModelReducer = Readonly<{
  kind: 'logistic' | 'poisson'
  persons: string
  /** Ids of the clipped score and of the upper triangle of the information. */
  score: readonly string[]
  information: readonly string[]
  terms: readonly string[]
  /** Greatest residual, and greatest mean in the information, of a person that count; 1 for logistic. */
  clip: number
  peak: number
  /** Lattice units per one. */
  scale: number
  steps: number
  units: Units
}>
