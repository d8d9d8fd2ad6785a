import { Problem } from '../domain/problem.ts'

/** Everything that is not a Problem already becomes the one generic answer. `died` says the child was killed. */
export async function generic<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Problem) throw error
    const { statement, died } = error as { statement?: unknown; died?: unknown }
    throw new Problem('run-failed', {
      died: died === true,
      ...(typeof statement === 'number' && { statement }),
    })
  }
}

export function expectNoFailure(
  answer: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (answer['failed'] === true)
    throw Object.assign(new Error('the engine failed'), { statement: answer['statement'] })
  return answer
}
