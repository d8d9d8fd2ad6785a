import type { Cell } from './glass.ts'

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
        weights: readonly (readonly [Cell, number])[]
      }>
    | Readonly<{ kind: 'mean'; value: string }>
    /** `value` is a `bucket(...)` of a public grid. */
    | Readonly<{ kind: 'quantile'; value: string; quantiles: readonly number[] }>
    /** Numbers with mean and spread, labels with persons and share. */
    | Readonly<{ kind: 'table1'; values: readonly string[] }>
    | Readonly<{ kind: 'series'; period: string }>
    /** Attrition: `step` names the last step that a person reaches. */
    | Readonly<{ kind: 'flow'; step: string; steps: readonly Cell[] }>
    /** `time` is a `bucket(...)` of a public grid of follow-up time, `event` says whether it ended with the event. */
    | Readonly<{ kind: 'km'; time: string; event: string }>
    | Readonly<{ kind: 'linear'; outcome: string; terms: readonly string[] }>
    | Readonly<{ kind: 'logistic' | 'poisson'; outcome: string; terms: readonly string[] }>
    /** Exact, in the `reviewed` profile alone. */
    | Readonly<{
        kind: 'glm'
        family: 'gaussian' | 'logistic' | 'poisson'
        outcome: string
        terms: readonly string[]
      }>
    | Readonly<{ kind: 'cox'; time: string; event: string; terms: readonly string[] }>
  )
