import type { PrivacyStatement } from '../../domain/glass.ts'
import { unbounded } from '../unbounded.ts'

/** What may be said of exact tables: no bound, and who saw them. */
export const reviewedStatement = (k: number): PrivacyStatement =>
  unbounded(
    'reviewed',
    k,
    `Exact numbers of at least ${k} persons each, with further cells hidden so that no hidden number follows from ` +
      'those shown in this table. There is no bound against somebody who knows other tables or other persons; two ' +
      'checkers saw it, and the access body has it on the list of the dataset.',
  )
