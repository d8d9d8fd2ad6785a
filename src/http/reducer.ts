import { z } from 'zod'

/** A column of the frame, as the researcher named it. */
const column = z.string().min(1).max(128)
const value = z.union([z.string().max(200), z.number(), z.boolean()])
const columns = z.array(column).max(20)
const by = columns.exactOptional().describe('Labels that make groups')
const terms = columns.describe('Numbers or conditions; the intercept is always there')

/** What may be asked of a frame, a query with one row per person (docs/sql.md, Reducers). */
export const reducer = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('count'), by }),
    z.strictObject({ kind: z.literal('proportion'), by, part: column }),
    z.strictObject({
      kind: z.literal('rate'),
      by,
      events: column,
      time: column,
      per: z.number().positive().max(1e9),
    }),
    z.strictObject({
      kind: z.literal('std_rate'),
      by,
      events: column,
      time: column,
      per: z.number().positive().max(1e9),
      stratum: column,
      weights: z
        .array(z.strictObject({ value, weight: z.number().positive().max(1e9) }))
        .min(1)
        .max(200),
    }),
    z.strictObject({ kind: z.literal('mean'), by, value: column }),
    z.strictObject({
      kind: z.literal('quantile'),
      by,
      value: column.describe('bucket(...) of a public grid'),
      quantiles: z.array(z.number().gt(0).lt(1)).min(1).max(20),
    }),
    z.strictObject({ kind: z.literal('table1'), by, values: columns.min(1) }),
    z.strictObject({ kind: z.literal('series'), by, period: column }),
    z.strictObject({
      kind: z.literal('flow'),
      by,
      step: column.describe('The last step that a person reaches'),
      steps: z.array(value).min(1).max(50),
    }),
    z.strictObject({
      kind: z.literal('km'),
      by,
      time: column.describe('bucket(...) of follow-up time'),
      event: column,
    }),
    ...(['linear', 'logistic', 'poisson'] as const).map((kind) =>
      z.strictObject({ kind: z.literal(kind), by, outcome: column, terms }),
    ),
    z.strictObject({
      kind: z.literal('glm'),
      by,
      family: z.enum(['gaussian', 'logistic', 'poisson']),
      outcome: column,
      terms,
    }),
    z.strictObject({ kind: z.literal('cox'), by, time: column, event: column, terms }),
  ])
  .meta({ id: 'Reducer' })
