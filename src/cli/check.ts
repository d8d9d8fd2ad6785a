import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { combined } from '../disclosure/compose.ts'
import { spendingOf, statement } from '../disclosure/statement.ts'
import type { Codelists } from '../domain/analysis.ts'
import type { PrivacyStatement } from '../domain/glass.ts'
import { Problem } from '../domain/problem.ts'
import type { ReducerSpec } from '../domain/reducer.ts'
import { createEngine } from '../engine/engine.ts'
import { proveQuestion } from '../flow/prove.ts'
import { reducer as reducerSchema } from '../http/reducer.ts'
import { codelists } from '../http/schema.ts'
import { plainJail } from '../sandbox/plain.ts'
import { standardDictionary } from '../views/dictionary.ts'
import { type Command, type Context, option, positional } from './command.ts'

/** What a refused query prints: RFC 9457's members that a researcher needs, on one line. */
const refusal = (problem: Problem) => {
  const { title, rule, place, reason, fix } = problem.toJSON()
  return { accepted: false, rule, place, reason: reason ?? title, fix }
}

const figures = (it: PrivacyStatement): string =>
  `rho ${it.rho.toPrecision(3)}, epsilon ${it.epsilon.toFixed(2)} at delta ${it.delta.toExponential(1)}, mu ${it.mu.toFixed(3)}, worst-case advantage ${it.worstCaseAdvantage.toFixed(3)}`

const rowsText = ({ rowsPerPerson = {} }: PrivacyStatement): string =>
  Object.entries(rowsPerPerson)
    .map(([table, rows]) => `${rows} rows of ${table} per person`)
    .join(', ')

/** The reducer in a file, of the shape that the API takes. */
async function reducerIn(
  file: string | boolean | undefined,
): Promise<Readonly<{ reducer?: ReducerSpec }>> {
  if (typeof file !== 'string') return {}
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Problem('not-found', { place: '--reducer', reason: 'The file cannot be read.' })
  })
  try {
    return { reducer: reducerSchema.parse(JSON.parse(text)) }
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : []
    throw new Problem('usage', {
      place: `--reducer /${(issue?.path ?? []).join('/')}`,
      reason: issue?.message ?? 'The file is not JSON.',
      fix: 'docs/sql.md shows each reducer.',
    })
  }
}

/** Read as the gateway would at its door. */
async function ownLists(context: Context): Promise<Readonly<{ codelists?: Codelists }>> {
  const file = context.flags['codelists']
  if (typeof file !== 'string') return {}
  const wrong = (reason: string): Problem => new Problem('usage', { place: '--codelists', reason })
  const text = await readFile(file, 'utf8').catch(() => {
    throw wrong('The file cannot be read.')
  })
  const read = codelists.safeParse(jsonOf(text))
  if (read.success) return { codelists: read.data }
  throw wrong('One JSON object: at most 20 names, each with a list of at most 500 codes.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const check: Command = {
  name: 'check',
  summary: 'Prove a query offline, with the rules of the gateway, against the standard tables',
  positionals: ['FILE.sql'],
  options: {
    variance: {
      type: 'string',
      placeholder: 'V',
      help: 'noise variance of a count',
      default: '40',
    },
    reducer: {
      type: 'string',
      placeholder: 'FILE.json',
      help: 'take the query as a frame of this reducer',
    },
    codelists: {
      type: 'string',
      placeholder: 'FILE.json',
      help: "the question's own code lists, name to codes",
    },
    k: { type: 'string', placeholder: 'K', help: 'threshold of the permit', default: '10' },
    spent: {
      type: 'string',
      placeholder: 'RHO',
      help: 'what the permit has spent before, for the bound after this question',
      default: '0',
    },
  },
  examples: [
    'vitrine check sandbox/examples/statins-by-sex-and-age.sql',
    'vitrine check frame.sql --reducer mean.json',
  ],
  async run(context) {
    const file = positional(context, check, 0)
    const text = await readFile(file, 'utf8').catch(() => {
      throw new Problem('not-found', { place: 'FILE.sql', reason: 'The file cannot be read.' })
    })
    const k = Number(option(context, check, 'k'))
    if (!Number.isInteger(k) || k < 1 || k > 10_000)
      throw new Problem('usage', { place: '--k', reason: 'A whole number from 1 to 10000.' })
    const spent = Number(option(context, check, 'spent'))
    if (!(spent >= 0 && spent <= 10))
      throw new Problem('usage', { place: '--spent', reason: 'A rho from 0 to 10.' })
    const asked = {
      text,
      ...(await reducerIn(context.flags['reducer'])),
      ...(await ownLists(context)),
    }
    // No data is here: the child parses the caller's own text, so it needs no jail on the caller's machine.
    const engine = createEngine({ jail: plainJail(), spares: 0 })
    try {
      const { proven } = await proveQuestion({ engine }, asked, standardDictionary)
      const variance = Number(option(context, check, 'variance'))
      const rules = { k, variance, rounding: 5 }
      const spending = spendingOf(proven, rules, standardDictionary)
      const question = statement(spending)
      const after = spent === 0 ? question : combined([{ ...spending, rho: spent }, spending])
      const { rho, effectiveThreshold } = question
      const released = proven.output.map((it) => it.name)
      if (context.json)
        context.print(
          JSON.stringify({
            accepted: true,
            rho,
            effectiveThreshold,
            question,
            after,
            tables: proven.tables,
            released,
          }),
        )
      else
        context.print(
          [
            `accepted: releases ${released.join(', ')}`,
            `costs rho ${rho.toPrecision(3)} at variance ${variance}; cells below about ${effectiveThreshold} persons are absent`,
            `rules: profile ${question.profile}, k ${k}, rounding to ${question.rounding}, ${question.cellsPerPerson} cells per person, ${rowsText(question)}`,
            `this question: ${figures(question)}`,
            `the permit after it: ${figures(after)}`,
          ].join('\n'),
        )
      return 0
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (!context.json) throw error
      context.print(JSON.stringify(refusal(error)))
      return error.exit
    } finally {
      await engine.close()
    }
  },
}
