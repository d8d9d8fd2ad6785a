import { z } from 'zod'
import { scriptLanguages } from '../domain/script.ts'
import { shapes } from './schema.ts'

/** Answers about scripts and where they run. */
const { identifier, digest } = shapes

const line = z.int()
const names = z.array(z.string().max(200))
/** Facts of a script's text, for who approves it: names and line numbers, never a literal of it. */
export const report = z
  .strictObject({
    imports: names,
    tables: names,
    columns: names,
    unmentioned: names.describe('Declared in reads, and not mentioned in the text'),
    literals: z.array(
      z.strictObject({ line, looksLike: z.enum(['long number', 'uuid', 'date', 'email']) }),
    ),
    amendment: z.enum(['first', 'light', 'full']),
    base: identifier.optional().describe('The approved analysis that the lines are compared with'),
    changed: z.array(line),
  })
  .meta({ id: 'Report' })

export const runtimes = z
  .strictObject({
    items: z.array(
      z.strictObject({
        language: z.enum(scriptLanguages),
        version: z.string().max(100),
        packages: z.record(z.string().max(100), z.string().max(100)),
        digest,
      }),
    ),
    reason: z.string().max(1000).optional().describe('Why no script can run here'),
  })
  .meta({ id: 'Runtimes' })
