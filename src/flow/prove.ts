import { type ExactFrame, proveExact } from '../analysis/exact.ts'
import { type Framed, proveFrame } from '../analysis/frame.ts'
import { checkPlan, prove } from '../analysis/prove.ts'
import { checkText } from '../analysis/text.ts'
import { gatesOf } from '../disclosure/reducer.ts'
import type { Analysis, Codelists } from '../domain/analysis.ts'
import type { Engine } from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
import type { Conditions } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'

/**
 * Text to proof: parsed in a child without data, proven by us, printed afresh, and the bound plan of exactly that
 * printing checked over empty tables. From the text and the dictionary alone. Throws the refusal of the proof.
 */
export async function proveText(
  house: Readonly<{ engine: Engine }>,
  text: string,
  dictionary: Dictionary,
  known: Dictionary = dictionary,
  codelists?: Codelists,
): Promise<Proven> {
  checkText(text)
  const proven = prove(await house.engine.parse(text), dictionary, {
    text,
    known,
    ...(codelists !== undefined && { codelists }),
  })
  checkPlan(await house.engine.plan(dictionary, proven.sql), proven)
  return named(proven)
}

/** What is asked: a query with its GROUP BY, or a frame and its reducer. */
export type Question = Pick<Analysis, 'text' | 'reducer' | 'codelists'>

/** A proof as the accountant and the policy read it, and the frame that it is of, where there is one. */
export type ProvenQuestion = Readonly<{ proven: Proven; framed?: Framed; exact?: ExactFrame }>

/** `proveText` for either, as a profile takes it. Every printing of a frame is bound over empty tables, a model's at its first coefficients. */
export async function proveQuestion(
  house: Readonly<{ engine: Engine }>,
  { text, reducer, codelists }: Question,
  dictionary: Dictionary,
  known: Dictionary = dictionary,
  profile: Conditions['profile'] = 'standard',
): Promise<ProvenQuestion> {
  if (reducer === undefined)
    return { proven: await proveText(house, text, dictionary, known, codelists) }
  checkText(text)
  const options = { text, known, ...(codelists && { codelists }) }
  if (profile !== 'standard') {
    const exact = proveExact(await house.engine.parse(text), dictionary, reducer, options)
    checkPlan(await house.engine.plan(dictionary, exact.proven.sql), exact.proven)
    return { proven: named(exact.proven), exact }
  }
  const framed = proveFrame(await house.engine.parse(text), dictionary, reducer, options)
  const printed = framed.kind === 'parts' ? framed.parts.map((p) => p.proven) : [framed.proven]
  for (const proven of printed) checkPlan(await house.engine.plan(dictionary, proven.sql), proven)
  const gates =
    framed.kind === 'parts' ? framed.parts.reduce((n, it) => n + gatesOf(it.reducer), 0) : 1
  return { proven: { ...named(framed.proven), gates }, framed }
}

function named(proven: Proven): Proven {
  if (proven.output.some(({ name }) => name.length > LONGEST_NAME))
    throw new Problem('sql-refused', {
      rule: 'column-name-too-long',
      reason: `A released column has a name of more than ${LONGEST_NAME} characters.`,
      fix: 'Give it a shorter alias.',
    })
  return proven
}

/** Characters of a released column's name: what every answer can carry. */
const LONGEST_NAME = 128
