import { z } from 'zod'
import { outputStates } from '../domain/analysis.ts'
import { eventTypes } from '../domain/event.ts'
import { type Purpose, purposes, type StatedPurpose, statedPurposes } from '../domain/purpose.ts'
import { roles } from '../domain/role.ts'
import { report } from './answer-script.ts'
import { reducer } from './reducer.ts'
import {
  applicationContent,
  codelists,
  conditions,
  dataScope,
  datasetId,
  personScript,
  shapes,
  tools,
  wholeScript,
} from './schema.ts'

/** Every answer. Strict, and without free fields: what is not named here cannot leave (test/http/answers.test.ts). */
const { identifier, subject, sentence, instant, digest, name } = shapes
export const cell = z.union([z.string().max(200), z.number(), z.boolean(), z.null()])

export const page = <S extends z.ZodType>(item: S) =>
  z.strictObject({ items: z.array(item), next: z.string().optional() })

const column = z.strictObject({
  name,
  type: z.enum(['text', 'integer', 'decimal', 'boolean', 'date', 'timestamp']),
  meaning: sentence,
  unit: z.string().max(40).optional(),
  codeSystem: z.string().max(200).optional(),
  values: z.array(z.string().max(100)).optional().describe('Closed public domain'),
})

export const dataset = z
  .strictObject({
    id: datasetId,
    title: sentence,
    holder: sentence,
    snapshot: digest,
    loadedAt: instant,
    tables: z.array(
      z.strictObject({
        name,
        meaning: sentence,
        rowsPerPerson: z.enum(['one', 'many']),
        columns: z.array(column),
      }),
    ),
  })
  .meta({ id: 'Dataset' })

export const application = z
  .strictObject({
    id: identifier,
    state: z.enum(['submitted', 'awaiting-information', 'approved', 'refused', 'withdrawn']),
    content: applicationContent,
    applicant: subject,
    createdAt: instant,
    decision: z
      .strictObject({
        outcome: z.enum(['approved', 'refused', 'awaiting-information']),
        by: subject,
        at: instant,
        reason: sentence,
        articles: z.array(z.string().max(20)),
        permit: identifier.optional(),
      })
      .optional(),
  })
  .meta({ id: 'Application' })

export const statement = z
  .strictObject({
    profile: z.enum(['standard', 'reviewed', 'cube']),
    k: z.number(),
    rho: z.number(),
    epsilon: z.number(),
    delta: z.number(),
    mu: z.number(),
    worstCaseAdvantage: z.number(),
    effectiveThreshold: z.number(),
    rounding: z.number(),
    variance: z.number().optional(),
    cellsPerPerson: z.number().optional(),
    rowsPerPerson: z.record(name, z.number()).optional(),
    words: z.string().max(2000),
  })
  .meta({ id: 'PrivacyStatement' })

export const budget = z
  .strictObject({ budget: z.number(), spent: z.number(), left: z.number() })
  .meta({ id: 'Budget' })

const groupMeter = budget.extend({ name: datasetId }).meta({ id: 'GroupBudget' })

/** What all permits together have spent on one dataset. */
export const lineage = z
  .strictObject({
    dataset: datasetId,
    spent: z.number(),
    exact: z.int().describe('Questions whose answers left exactly: no bound holds over them'),
    privacy: statement.optional().describe('Absent where nothing was asked yet'),
    permits: z.array(z.strictObject({ permit: identifier, spent: z.number() })),
  })
  .meta({ id: 'Lineage' })

/** The machine-readable permit: the payload of its JWS, published at /schemas/permit.json. */
export const permitDocument = z
  .strictObject({
    id: identifier,
    application: identifier,
    version: z.int(),
    purpose: z.enum(Object.keys(purposes) as [Purpose, ...Purpose[]]),
    holder: sentence,
    authorisedPersons: z.array(subject),
    principalInvestigator: subject,
    data: dataScope,
    tools: tools.optional(),
    runtimes: z.record(name, digest).optional(),
    conditions,
    snapshots: z.record(datasetId, digest),
    workspaces: z.record(datasetId, digest),
    issuedAt: instant,
    expiresAt: instant,
  })
  .meta({ id: 'PermitDocument' })

export const permit = permitDocument
  .extend({
    state: z.enum(['granted', 'revoked', 'expired']),
    jws: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    privacy: statement,
    meter: budget,
    group: groupMeter.optional(),
  })
  .meta({ id: 'Permit' })

export const check = z
  .strictObject({
    accepted: z.literal(true),
    rho: z.number(),
    meter: budget,
    group: groupMeter.optional(),
    question: statement.describe('What this question spends, with every rule that applies to it'),
    after: statement.describe('What the permit has spent after it, if it was not asked before'),
    effectiveThreshold: z.number(),
    tables: z.array(name),
    released: z.array(z.string().max(200)),
  })
  .meta({ id: 'Check' })

export const analysis = z
  .strictObject({
    id: identifier,
    permit: identifier,
    state: z.enum(['submitted', 'approved', 'refused', 'suspended']),
    name: sentence,
    language: z.literal('sql'),
    text: z.string().max(32768),
    reducer: reducer.optional(),
    script: z.discriminatedUnion('mode', [personScript, wholeScript]).optional(),
    runtime: digest.optional(),
    codelists: codelists.optional(),
    digest,
    canonical: digest.optional(),
    variance: z.number(),
    submittedBy: subject,
    createdAt: instant,
    decidedBy: subject.optional(),
    check: check.optional().describe('Shown once, on submission'),
    report: report.optional().describe('Of its script'),
  })
  .meta({ id: 'Analysis' })

export const run = z
  .strictObject({
    id: identifier,
    permit: identifier,
    analysis: identifier,
    dataset: datasetId,
    state: z.enum(['queued', 'running', 'finished', 'failed', 'cancelled']),
    purpose: z.enum(statedPurposes as [StatedPurpose, ...StatedPurpose[]]),
    requestedBy: subject,
    createdAt: instant,
    charged: z.number(),
    output: identifier.optional(),
    outputs: z
      .array(
        z.strictObject({
          name,
          output: identifier,
          release: z.enum(outputStates),
          comments: z.array(sentence).optional(),
        }),
      )
      .optional()
      .describe('Of a script over the whole workspace'),
    release: z.enum(outputStates).optional().describe('How far the output has come'),
    comments: z
      .array(sentence)
      .optional()
      .describe(
        'What output checkers, who are humans, wrote to the researcher of a returned output',
      ),
    meter: budget,
  })
  .meta({ id: 'Run' })

export const receipt = z
  .strictObject({
    event: identifier,
    index: z.int(),
    leaf: z.string(),
    proof: z.array(z.string()),
    checkpoint: z.string(),
  })
  .meta({ id: 'Receipt' })

/** The shape of a Released table, for /openapi.json; the value itself can only come from the airlock. */
export const releasedTable = z
  .strictObject({
    columns: z.array(z.string()),
    rows: z.array(z.array(cell)),
    statement,
    digest,
    receipt,
  })
  .meta({ id: 'Released' })

export const event = z
  .strictObject({
    id: identifier,
    at: instant,
    type: z.enum(eventTypes),
    about: z.string().max(200),
    actor: z.strictObject({ subject, role: z.enum(roles), organisation: sentence }),
    decision: z
      .strictObject({
        name: z.string().max(40),
        allow: z.boolean(),
        inputDigest: digest,
        policyDigest: digest,
        rules: z.array(z.string().max(100)),
      })
      .optional(),
  })
  .meta({ id: 'Event' })

export const health = z
  .strictObject({
    status: z.enum(['ok', 'insecure']),
    launcher: z.string().max(20),
    version: z.string().max(20),
    policy: digest,
  })
  .meta({ id: 'Health' })

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    rule: z.string().optional(),
    place: z.string().optional(),
    reason: z.string().optional(),
    fix: z.string().optional(),
  })
  .meta({ id: 'Problem' })
