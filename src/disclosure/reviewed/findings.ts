import type { Evidence as Findings } from '../../domain/review.ts'
import type { Evidence } from './reviewed.ts'

/** The evidence of an exact table in the words of the checkers' list (SACRO). Nothing in it leaves. */
export function findings(evidence: Evidence, k: number): Findings {
  const { cells, hidden, small, recoverable, narrowest, fewest, dominance } = evidence
  const range = Number.isFinite(narrowest) ? { narrowest } : {}
  const least = Number.isFinite(fewest) ? { fewest } : {}
  return [
    {
      check: 'threshold',
      status: !Number.isFinite(fewest) || fewest >= k ? 'pass' : 'fail',
      place: 'table',
      figures: { cells, k, small, ...least },
    },
    {
      check: 'suppression',
      status: recoverable === 0 ? 'pass' : 'fail',
      place: 'table',
      figures: { hidden, recoverable, ...range },
    },
    ...dominance.map(
      (it) =>
        ({
          check: 'dominance',
          status: it.cells === 0 ? 'pass' : 'review',
          place: it.column,
          figures: { cells: it.cells },
        }) as const,
    ),
  ]
}
