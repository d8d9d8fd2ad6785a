import type { PrivacyStatement } from '../../domain/glass.ts'
import { unbounded } from '../unbounded.ts'
import type { Design } from './ptable.ts'

/** Design of the European Statistical System's census tables: at most 5, variance 2, no 1 and 2. */
export const censusDesign: Design = { most: 5, variance: 2, gap: 2 }

/** What may be said of the tables of a cube: how they were changed, and that there is no bound. */
export const cubeStatement = (
  k: number,
  name: string,
  design: Design = censusDesign,
): PrivacyStatement =>
  unbounded(
    'cube',
    k,
    `Counts of at least ${k} persons from the fixed cube "${name}", each changed by at most ${design.most} ` +
      `(standard deviation ${Math.sqrt(design.variance).toFixed(1)}); the same persons are changed alike everywhere. ` +
      'There is no bound against somebody who can compare tables that differ in one person.',
  )
