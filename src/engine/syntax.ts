import { Problem } from '../domain/problem.ts'

/** The text before an offset of DuckDB's error answers, which count characters (its trees count bytes). */
const beforeOf = (text: string, offset: number): string => [...text].slice(0, offset).join('')

/** Line and column, from 1. */
function placeAt(text: string, offset: number): string {
  const lines = beforeOf(text, offset).split('\n')
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`
}

/**
 * DuckDB's answer to a text it cannot serialise, in our own words: its own may quote the text at length. Undefined
 * when the text was parsed. The answer is only searched here, not read; src/analysis reads it without loss.
 */
export function syntaxProblem(text: string, json: string): Problem | undefined {
  if (json.startsWith('{"error":false')) return undefined
  const answer = parsed(json)
  const message = String(answer['error_message'] ?? '')
  if (answer['error_type'] === 'not implemented')
    return new Problem('sql-refused', {
      rule: 'statement-select-only',
      place: '1:1',
      reason: 'Only a SELECT may be asked.',
      fix: 'Ask one SELECT statement.',
    })
  const offset = Number(answer['position'] ?? 0)
  const place = placeAt(text, Number.isFinite(offset) ? offset : 0)
  const near = /at or near "([A-Za-z_]\w{0,40})"/.exec(message)?.[1]
  if (near !== undefined && looksLikeAlias(text, offset, near))
    return new Problem('sql-syntax', {
      rule: 'syntax-bare-alias',
      place,
      reason: `The word ${near} has a meaning of its own in SQL and cannot be a name as it stands.`,
      fix: `Write AS ${near} for an alias, or "${near}" in double quotes for a name.`,
    })
  if (/end of input/.test(message))
    return new Problem('sql-syntax', {
      rule: 'syntax-unfinished',
      place: placeAt(text, text.length),
      reason: 'The text ends in the middle of a statement.',
      fix: 'Close every parenthesis and quotation mark, and finish the last clause.',
    })
  return new Problem('sql-syntax', {
    rule: 'syntax',
    place,
    reason: near === undefined ? 'The text is not SQL here.' : `The text is not SQL at ${near}.`,
  })
}

/** Words of SQL that people like as column names; DuckDB takes none of them as an alias without AS. */
const NAMELIKE = new Set(
  `action class comment content data day days decade depends description domain event filter first group hour
  hours index key label language level location map match method mode month months name names object of order
  percent plan policy position quarter quarters range reference release role row rows sample second seconds share
  source statistics system table temporary time total type types unit user value values version view week weeks
  year years zone`.split(/\s+/),
)

/** An expression has just ended before the offending word, so it was meant as a name. */
const looksLikeAlias = (text: string, offset: number, word: string): boolean =>
  NAMELIKE.has(word.toLowerCase()) && /[\w")\]']\s+$/.test(beforeOf(text, offset))

function parsed(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json) as Record<string, unknown>
  } catch {
    return {}
  }
}
