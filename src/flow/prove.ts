import { checkPlan, prove } from '../analysis/prove.ts'
import { checkText } from '../analysis/text.ts'
import type { Codelists } from '../domain/analysis.ts'
import type { Engine } from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
import { digestOf, sha256 } from '../domain/digest.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'
import { restrict } from '../workspace/restrict.ts'
import type { House } from './house.ts'

/** What a permit sees of the dictionary. */
export const dictionaryOf = (house: House, permit: Pick<Permit, 'data'>): Dictionary =>
  restrict(house.dictionary, permit.data)

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

/** What an approval binds to: the text's bytes or, where the question brings code lists, the canonical JSON of both. */
export const digestOfAsked = ({
  text,
  codelists,
}: Readonly<{ text: string; codelists?: Codelists | undefined }>): string =>
  codelists === undefined ? sha256(text) : digestOf({ text, codelists })
