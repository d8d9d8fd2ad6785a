import { sha256 } from '../../domain/digest.ts'
import { type Aggregate, mint, type Protected } from '../../domain/glass.ts'
import { Problem } from '../../domain/problem.ts'
import type { Proven } from '../../domain/proven.ts'
import { arrange } from '../order.ts'
import { unbounded } from '../unbounded.ts'
import { changeOf, type Design, tableOf } from './ptable.ts'

/** What the access body laid down for a dashboard: its questions, and no others. */
export type Lattice = Readonly<{
  name: string
  /** SHA-256 of the canonical text of every question of the cube. */
  questions: readonly string[]
  design: Design
  k: number
}>

/** Design of the European Statistical System's census tables: at most 5, variance 2, no 1 and 2. */
export const censusDesign: Design = { most: 5, variance: 2, gap: 2 }

/**
 * The `cube` profile: classic cell-key counts over a fixed lattice. `keys` holds per cell the sum of the persons' record
 * keys modulo 2^32, in the order of the aggregate; equal sets of persons get equal noise, so margins need not add up but
 * agree between tables. It gives no bound: two questions that differ in one person show it (test/attacks measures it),
 * hence never ad hoc. Throws `refused-by-policy` for a question outside the lattice, an Error on a misfit.
 */
export function cube(
  aggregate: Aggregate,
  keys: readonly number[],
  proven: Proven,
  lattice: Lattice,
): Protected {
  if (!lattice.questions.includes(sha256(proven.canonical)))
    throw new Problem('refused-by-policy', {
      rule: 'cube-not-ad-hoc',
      reason: 'the cube profile answers the questions of its lattice and no others',
      fix: 'Ask in the standard profile.',
    })
  const only = proven.statistics[0]
  const single = proven.statistics.length === 1 && only?.kind === 'persons'
  if (!single || proven.cellsPerPerson !== 1 || keys.length !== aggregate.cells.length)
    throw new Error('a cube counts persons once, with one key per cell')
  const table = tableOf(lattice.design)
  const rows = aggregate.cells.flatMap(({ labels, persons: [n = 0] }, i) => {
    const key = keys[i] as number
    const shown = n + changeOf(table, n, (key >>> 0) / 2 ** 32)
    if (n < lattice.k || shown < lattice.k) return []
    const row = proven.output.map((c) => (c.kind === 'label' ? (labels[c.label] ?? null) : shown))
    return [{ key: labels, row }]
  })
  const sd = Math.sqrt(lattice.design.variance).toFixed(1)
  return mint.protected({
    columns: proven.output.map((c) => c.name),
    rows: arrange(rows, proven),
    statement: unbounded(
      'cube',
      lattice.k,
      `Counts of at least ${lattice.k} persons from the fixed cube "${lattice.name}", each changed by at most ` +
        `${lattice.design.most} (standard deviation ${sd}); the same persons are changed alike everywhere. ` +
        'There is no bound against somebody who can compare tables that differ in one person.',
    ),
  })
}
