import { checkPlan, prove } from '../analysis/prove.ts'
import type { Engine } from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
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
): Promise<Proven> {
  const proven = prove(await house.engine.parse(text), dictionary, { text, known })
  checkPlan(await house.engine.plan(dictionary, proven.sql), proven)
  return proven
}
