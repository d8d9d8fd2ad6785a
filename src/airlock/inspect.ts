import type { Output, Run, Transcript } from '../domain/analysis.ts'
import {
  type Cell,
  type Earlier,
  mint,
  type Reviewable,
  type SeenTranscript,
  type Table,
} from '../domain/glass.ts'
import { Problem } from '../domain/problem.ts'
import type { Evidence, Finding } from '../domain/review.ts'
import type { Actor } from '../domain/role.ts'
import { votesFor } from './visible.ts'
import { type Authors, assertMay } from './who.ts'

/**
 * What an impartial output checker is shown: table, evidence, earlier releases, and the votes that they may see. The only
 * way to a Reviewable. Throws `wrong-role`, `refused-by-policy` (55(3)) and `not-found` where nothing is to be reviewed.
 */
export function inspect(
  output: Output,
  run: Run,
  actor: Actor,
  authors: Authors,
  earlier: readonly Earlier[],
): Reviewable {
  assertMay('inspect', actor, authors, `output/${output.id}`)
  const { review, queue, table } = output
  if (review === undefined || queue !== 'open')
    throw new Problem('not-found', { place: `review/${output.id}`, reason: 'It is not in review.' })
  const { kind, since, due, needed } = review
  return mint.reviewable({
    output: output.id,
    permit: output.permit,
    run: run.id,
    analysis: run.analysis,
    dataset: run.dataset,
    state: output.state,
    digest: output.digest,
    columns: table.columns,
    rows: table.rows,
    statement: table.statement,
    review: { kind, since, due, needed },
    votes: votesFor(output, actor),
    evidence: [...(output.evidence ?? []), ...differencing(table, earlier, table.statement.k)],
    ...(output.declared && { declared: output.declared }),
    ...(output.log !== undefined && { log: output.log }),
    earlier,
  })
}

/** What a script without outputs printed, for an impartial output checker. Throws `wrong-role` and `refused-by-policy`. */
export function readTranscript(it: Transcript, actor: Actor, authors: Authors): SeenTranscript {
  assertMay('inspect', actor, authors, `run/${it.id}`)
  return mint.transcript(it)
}

/** What stands beside the table under review. */
export const earlierOf = ({ id, permit, digest, table }: Output): Earlier => ({
  output: id,
  permit,
  digest,
  columns: table.columns,
  rows: table.rows,
})

/**
 * Cells with the same labels in an earlier release of the same columns whose counts differ by 1 to k - 1: what two answers
 * say of fewer than k persons. Labels are what is no number.
 */
function differencing(table: Table, earlier: readonly Earlier[], k: number): Evidence {
  return earlier.flatMap((it): Finding[] => {
    if (it.columns.join('\n') !== table.columns.join('\n')) return []
    const before = new Map(it.rows.map((row) => [labelsOf(row), row]))
    const close = table.rows.filter((row) => {
      const other = before.get(labelsOf(row))
      return other !== undefined && row.some((cell, i) => near(cell, other[i], k))
    }).length
    const verdict = close === 0 ? 'pass' : 'review'
    const reason = `Cells that differ from ${it.output} by fewer than ${k} persons.`
    return [{ check: 'differencing', verdict, place: it.output, reason, figures: { cells: close } }]
  })
}

const labelsOf = (row: readonly Cell[]): string =>
  JSON.stringify(row.map((cell) => (typeof cell === 'number' ? null : String(cell))))

function near(a: Cell, b: Cell | undefined, k: number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return false
  const apart = Math.abs(a - b)
  return Number.isInteger(apart) && apart > 0 && apart < k
}
