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
      verdict: !Number.isFinite(fewest) || fewest >= k ? 'pass' : 'fail',
      place: 'table',
      reason: `Shown numbers need ${k} persons each.`,
      figures: { cells, k, small, ...least },
    },
    {
      check: 'suppression',
      verdict: recoverable === 0 ? 'pass' : 'fail',
      place: 'table',
      reason: 'No hidden number may follow from those shown.',
      figures: { hidden, recoverable, ...range },
    },
    ...dominance.map(
      (it) =>
        ({
          check: 'dominance',
          verdict: it.cells === 0 ? 'pass' : 'review',
          place: it.column,
          reason:
            'In so many cells one value of the size of its range could be over half of the sum.',
          figures: { cells: it.cells },
        }) as const,
    ),
  ]
}
