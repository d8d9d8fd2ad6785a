import { Problem } from '../../src/domain/problem.ts'

/** The Problem that is thrown; anything else, and nothing, fails the test. */
export async function problemOf(act: () => unknown): Promise<Problem> {
  try {
    await act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
