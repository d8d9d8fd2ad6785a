import type { Output } from '../domain/analysis.ts'
import type { Receipt } from '../domain/capabilities.ts'
import { digestOf } from '../domain/digest.ts'
import { mint, type Protected, type Released } from '../domain/glass.ts'
import { Problem } from '../domain/problem.ts'

/** SHA-256 over the canonical JSON of what will leave: columns, rows and the privacy statement. */
export function tableDigest(table: Protected): string {
  return digestOf({ columns: table.columns, rows: table.rows, statement: table.statement })
}

/**
 * The one door, Article 73(2): a protected table leaves only with the receipt of an event that names its digest.
 * Throws `log-damaged` when the receipt is for another event, and `run-failed` when the output was not released or
 * its table is no longer the one that was checked.
 */
export function release(
  output: Output,
  releaseEvent: Readonly<{ id: string; about: string; facts: Readonly<Record<string, unknown>> }>,
  receipt: Receipt,
): Released {
  if (output.state !== 'released')
    throw new Problem('not-found', { place: `output/${output.id}`, reason: 'It is not released.' })
  const digest = tableDigest(output.table)
  if (digest !== output.digest || releaseEvent.facts['digest'] !== digest)
    throw new Problem('run-failed', { place: `output/${output.id}`, rule: 'release-digest' })
  if (receipt.event !== releaseEvent.id || releaseEvent.about !== `output/${output.id}`)
    throw new Problem('log-damaged', { place: `output/${output.id}`, rule: 'release-receipt' })
  return mint.released(output.table, digest, receipt)
}
