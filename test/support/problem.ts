import { Problem } from '../../src/domain/problem.ts'

/** The Problem that a step throws, as `code/rule`; anything else fails the test. */
export async function problemOf(step: Promise<unknown>): Promise<string> {
  try {
    await step
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.facts.rule === undefined ? error.code : `${error.code}/${error.facts.rule}`
  }
  throw new Error('nothing was thrown')
}
