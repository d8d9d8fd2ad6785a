import type { Codelists as Named } from '../domain/analysis.ts'
import type { Codelists } from './functions.ts'
import { publicLists } from './lists.ts'
import { refuse } from './rules.ts'

/** Codes that all uses of lists in one question may print: each use is written out. */
const MOST_CODES = 10_000

/**
 * Lists by name for one proof: the question's own and the public ones. Throws where a question's list has the name of a
 * public one, and where the uses together hold more than 10,000 codes.
 */
export function codelistsOf(own: Named = {}): Codelists {
  const shared = new Map(publicLists.map((l) => [l.name, l.codes]))
  for (const name of Object.keys(own)) if (shared.has(name)) refuse('codelist-taken', '1:1')
  let used = 0
  return (name) => {
    const codes = Object.hasOwn(own, name) ? own[name] : shared.get(name)
    used += codes?.length ?? 0
    if (used > MOST_CODES) refuse('codelist-too-long', '1:1')
    return codes
  }
}
