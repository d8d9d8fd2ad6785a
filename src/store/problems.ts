import { Problem } from '../domain/problem.ts'

/** SQLSTATE or errno of what pg threw. Never its message: PostgreSQL quotes values there. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/** A deadlock or serialisation failure: the same commit succeeds when it is tried again. */
export const isRace = (error: unknown): boolean => ['40P01', '40001'].includes(codeOf(error))
const lockTimeout = '55P03'

// Untranslatable or invalid characters and JSON: U+0000 and lone surrogates, which PostgreSQL cannot keep.
const unstorable = ['22P05', '22021', '22P02']

/** What of the server and the connection means that the database is gone for now (PostgreSQL, appendix A). */
const lost = (code: string): boolean =>
  /^(08|25006|28|3D|53|57014|57P|58|XX)/.test(code) || /^E[A-Z]{2,}$/.test(code)

// node-postgres tells a broken connection by text alone.
const lostText =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered|not queryable|after calling end/

export const unavailable = (reason: string, fix?: string): Problem =>
  new Problem('store-unavailable', { reason, ...(fix === undefined ? {} : { fix }) })

/** The one translation of database errors. What is no known refusal stays what it was: a bug. */
export function translate(error: unknown): unknown {
  if (error instanceof Problem) return error
  const code = codeOf(error)
  if (isRace(error) || code === lockTimeout)
    return new Problem('conflict', { reason: 'Another transaction holds this.' })
  if (unstorable.includes(code))
    return new Problem('invalid-input', {
      rule: 'unstorable-text',
      reason: 'A text holds U+0000 or half of a surrogate pair, which cannot be stored.',
    })
  if (lost(code)) return unavailable(`The database does not answer (${code}).`)
  if (error instanceof Error && lostText.test(error.message))
    return unavailable('The connection to the database was lost.')
  return error
}

export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(error)
  }
}
