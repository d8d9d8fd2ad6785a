import { type ProveOptions, prove } from '../../src/analysis/prove.ts'
import type { Engine } from '../../src/domain/capabilities.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { specDictionary } from '../spec/dictionary.ts'

export const proofWith =
  (engine: Engine) =>
  async (text: string, options: ProveOptions = {}, dictionary = specDictionary): Promise<Proven> =>
    prove(await engine.parse(text), dictionary, { text, ...options })

/** The Problem that work throws; anything else is a failure of the test. */
export async function refusal(work: Promise<unknown>): Promise<Problem> {
  try {
    await work
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was refused')
}
