import { z } from 'zod'
import { outputStates } from '../domain/analysis.ts'
import { checks, findingVerdicts, reviewKinds, verdicts } from '../domain/review.ts'
import { cell, statement } from './answer.ts'
import { datasetId, shapes } from './schema.ts'

/** Answers to output checkers, and of what they let out. */
const { identifier, subject, sentence, instant, digest, name } = shapes

const vote = z.strictObject({
  by: subject,
  organisation: sentence,
  verdict: z.enum(verdicts),
  comment: sentence,
  at: instant,
  digest,
  round: z.union([z.literal(1), z.literal(2)]),
})

export const review = z
  .strictObject({
    output: identifier,
    permit: identifier,
    run: identifier,
    dataset: datasetId,
    state: z.enum(outputStates),
    digest,
    kind: z.enum(reviewKinds),
    since: instant,
    due: instant,
    waited: z.int().describe('Whole seconds since it was queued'),
    overdue: z.boolean(),
    needed: z.int(),
    next: z.array(z.enum(['inspect', 'vote', 'consolidate'])).describe('What the reader may do'),
    votes: z.array(vote).describe('Your own; those of others once all are in'),
  })
  .meta({ id: 'Review' })

/** The shape of a Reviewable, for /openapi.json; the value itself can only come from the airlock. */
export const reviewedTable = z
  .strictObject({
    output: identifier,
    permit: identifier,
    run: identifier,
    analysis: identifier,
    dataset: datasetId,
    state: z.enum(outputStates),
    digest,
    columns: z.array(z.string()),
    rows: z.array(z.array(cell)),
    statement,
    review: z.strictObject({
      kind: z.enum(reviewKinds),
      since: instant,
      due: instant,
      needed: z.int(),
    }),
    votes: z.array(vote),
    declared: z
      .strictObject({ name, kind: z.enum(['table', 'model', 'figure']), meaning: sentence })
      .optional(),
    log: z.string().optional().describe('What the script printed; for checkers alone'),
    evidence: z.array(
      z.strictObject({
        check: z.enum(checks),
        verdict: z.enum(findingVerdicts),
        place: z.string().max(200),
        reason: sentence,
        figures: z.record(z.string().max(40), z.number()).optional(),
      }),
    ),
    earlier: z.array(
      z.strictObject({
        output: identifier,
        permit: identifier,
        digest,
        columns: z.array(z.string()),
        rows: z.array(z.array(cell)),
      }),
    ),
  })
  .meta({ id: 'Reviewable' })

/** What a script without outputs printed, and how it ended; for checkers alone. */
export const transcript = z
  .strictObject({
    id: identifier,
    permit: identifier,
    analysis: identifier,
    end: z
      .string()
      .max(200)
      .describe('How the jail saw it end, or the rule that its outputs broke'),
    log: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Transcript' })

/** An exact release over a dataset: no bound covers it. */
export const disclosure = z
  .strictObject({
    at: instant,
    lineage: z.literal('unbounded'),
    output: identifier,
    permit: identifier,
    run: identifier,
    digest,
  })
  .meta({ id: 'Disclosure' })
