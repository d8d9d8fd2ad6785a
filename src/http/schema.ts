import { z } from 'zod'
import { eventTypes } from '../domain/event.ts'
import { type StatedPurpose, statedPurposes } from '../domain/purpose.ts'
import { verdicts } from '../domain/review.ts'
import { scriptLanguages } from '../domain/script.ts'
import { reducer } from './reducer.ts'

/** Every body, parsed once at the door; unknown fields are refused. The same schemas make /openapi.json. */
const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/)
const identifier = z.string().regex(/^[A-Za-z0-9._:@-]{1,128}$/)
/** The `sub` of a token, whatever its issuer writes there: one line, as identity/claims.ts takes it. */
const subject = z.string().regex(/^(?!\s)\P{Cc}{1,255}(?<!\s)$/u)
const sentence = z.string().trim().min(1).max(4000)
const day = z.iso.date()
const instant = z.iso.datetime()
const digest = z.string().regex(/^[0-9a-f]{64}$/)
export const tools = z
  .array(z.enum(['sql', ...scriptLanguages]))
  .min(1)
  .max(4)
export const datasetId = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/)

export const dataScope = z.strictObject({
  datasets: z.array(datasetId).min(1).max(20),
  tables: z.record(name, z.array(name).min(1).max(100)),
  period: z.strictObject({ from: day, to: day }),
  population: z
    .strictObject({
      bornFrom: day.exactOptional(),
      bornTo: day.exactOptional(),
      sex: z.array(name).min(1).max(8).exactOptional(),
    })
    .exactOptional(),
})

/** Article 67(2)(a) to (k). */
export const applicationContent = z
  .strictObject({
    title: sentence.describe('Public title'),
    applicant: z.strictObject({
      organisation: sentence,
      kind: z.enum(['public-body', 'union-institution', 'university', 'company', 'non-profit']),
      onBehalfOf: sentence.exactOptional(),
      country: z.string().regex(/^[A-Z]{2}$/),
    }),
    authorisedPersons: z
      .array(z.strictObject({ subject, name: sentence, function: sentence }))
      .min(1)
      .max(50)
      .describe('Natural persons who will have access; the first is the principal investigator'),
    purpose: z.enum(statedPurposes as [StatedPurpose, ...StatedPurpose[]]),
    purposeExplained: sentence,
    intendedUse: sentence,
    expectedBenefit: sentence,
    data: dataScope,
    form: z.strictObject({
      kind: z.enum(['anonymised', 'pseudonymised']),
      justification: sentence.exactOptional(),
    }),
    ownDatasets: z.array(sentence).max(20),
    safeguards: sentence,
    durationMonths: z.int().min(1).max(1200),
    tools,
    ethics: sentence.exactOptional(),
    optOutOverride: z.strictObject({ justification: sentence }).exactOptional(),
    plannedTables: z.int().min(1).max(10000).exactOptional(),
  })
  .meta({ id: 'ApplicationContent' })

export const conditions = z
  .strictObject({
    profile: z.enum(['standard', 'reviewed', 'cube']),
    k: z.int().min(1).max(10000),
    rho: z.number().positive().max(10),
    variance: z.number().min(1).max(1e6),
    rounding: z.int().min(1).max(1000),
    analysisApproval: z.enum(['each', 'proven']),
    reviewers: z.int().min(0).max(5),
    group: z
      .strictObject({ name: datasetId, budget: z.number().positive().max(10) })
      .exactOptional()
      .describe('Permits declared to be one: they share a meter and this budget'),
    lattice: z
      .strictObject({
        name: sentence,
        questions: z.array(z.string().min(1).max(32768)).min(1).max(50),
      })
      .exactOptional()
      .describe('The questions of a cube, and no others'),
  })
  .meta({ id: 'Conditions' })

export const decisionBody = z
  .strictObject({
    outcome: z.enum(['approve', 'refuse', 'return']),
    reason: sentence,
    articles: z.array(z.string().max(20)).max(10).default([]),
    conditions: conditions.partial().optional(),
  })
  .meta({ id: 'DecisionBody' })

/** What a person script answers: typed, with a closed public domain and a default inside it. */
const field = z.strictObject({
  name: name.describe('Column of the table frame'),
  type: z.enum(['text', 'integer', 'decimal', 'boolean', 'date']),
  domain: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('enum'),
      values: z.array(z.string().min(1).max(100)).min(1).max(1000),
    }),
    z.strictObject({
      kind: z.literal('range'),
      min: z.number().min(-1e12).max(1e12),
      max: z.number().min(-1e12).max(1e12),
      step: z.number().min(1e-9).max(1e9),
    }),
    z.strictObject({ kind: z.literal('boolean') }),
    z.strictObject({ kind: z.literal('dates'), min: day, max: day }),
  ]),
  otherwise: z.union([z.string().max(100), z.number(), z.boolean(), z.null()]),
})

/** Characters of a script; with the rest of its body it stays below the limit of a body. */
const SCRIPT = 250_000

const written = {
  language: z.enum(scriptLanguages),
  text: z
    .string()
    .max(SCRIPT)
    .regex(/^[^\0]*$/),
}
const reads = z
  .record(name, z.array(name).min(1).max(100))
  .refine((it) => Object.keys(it).length > 0, 'Name one table at least.')
  .refine((it) => Object.keys(it).length <= 50, 'Name fewer tables.')

export const personScript = z
  .strictObject({
    mode: z.literal('person'),
    ...written,
    reads,
    fields: z.array(field).min(1).max(50),
  })
  .meta({ id: 'PersonScript' })

export const wholeScript = z
  .strictObject({
    mode: z.literal('whole'),
    ...written,
    reads,
    outputs: z
      .array(
        z.strictObject({ name, kind: z.enum(['table', 'model', 'figure']), meaning: sentence }),
      )
      .min(1)
      .max(50),
  })
  .meta({ id: 'WholeScript' })

const code = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9./-]{0,30}\*?$/)
/** A question's own code lists: at most 20, of at most 500 codes. */
export const codelists = z
  .record(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/), z.array(code).min(1).max(500))
  .refine((lists) => Object.keys(lists).length <= 20, 'at most 20 lists')
  .describe('Name -> codes for codelist(code, name); E11* is every code that begins so')

const script = z.discriminatedUnion('mode', [personScript, wholeScript])
const question = {
  text: z
    .string()
    .max(32768)
    .default('')
    .describe('The question in SQL; left out with a script over the whole workspace'),
  reducer: reducer.exactOptional(),
  variance: z.number().min(1).max(1e6).optional(),
  script: script.optional(),
  codelists: codelists.optional(),
}
type Question = Readonly<{ text: string; script?: { mode: string } | undefined; reducer?: unknown }>

/** A script over the whole workspace asks no question of ours; everything else asks one. */
const asksOne = ({ text, script: it, reducer: of }: Question): boolean =>
  it?.mode === 'whole' ? text === '' && of === undefined : text !== ''
const ASKS = { path: ['text'], message: 'A question, or none with a script of mode whole.' }

export const analysisBody = z
  .strictObject({ name: sentence, language: z.literal('sql'), ...question })
  .refine(asksOne, ASKS)
  .meta({ id: 'AnalysisBody' })

export const checkBody = z.strictObject(question).refine(asksOne, ASKS).meta({ id: 'CheckBody' })

export const approvalBody = z
  .strictObject({ outcome: z.enum(['approve', 'refuse']), digest, reason: sentence })
  .meta({ id: 'ApprovalBody' })

export const runBody = z
  .strictObject({
    dataset: datasetId,
    digest: digest.describe('SHA-256 of the script that was approved'),
    purpose: z.enum(statedPurposes as [StatedPurpose, ...StatedPurpose[]]),
  })
  .meta({ id: 'RunBody' })

export const ballotBody = z
  .strictObject({
    verdict: z.enum(verdicts),
    comment: sentence.describe('For the other checkers; for the researcher where it is returned'),
    digest: digest.describe('Of the output that was read'),
  })
  .meta({ id: 'BallotBody' })
export const budgetBody = z
  .strictObject({
    rho: z.number().positive().max(10).describe("The permit's new budget, all in all"),
    group: z.number().positive().max(10).optional().describe('The new budget of its group'),
    reason: sentence,
  })
  .meta({ id: 'BudgetBody' })

export const revokeBody = z.strictObject({ reason: sentence }).meta({ id: 'RevokeBody' })
export const emptyBody = z.strictObject({}).meta({ id: 'Empty' })
export const readQuery = z.strictObject({
  purpose: z.enum(statedPurposes as [StatedPurpose, ...StatedPurpose[]]),
})
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(200).optional(),
})
export const eventQuery = pageQuery.extend({
  about: z.string().max(200).optional(),
  type: z.enum(eventTypes).optional(),
})
export const shapes = { name, identifier, subject, sentence, day, instant, digest }
