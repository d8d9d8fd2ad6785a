import { sha256 } from '../../domain/digest.ts'
import { type Aggregate, mint, type Protected } from '../../domain/glass.ts'
import { Problem } from '../../domain/problem.ts'
import type { Proven } from '../../domain/proven.ts'
import { arrange } from '../order.ts'
import { changeOf, type Design, tableOf } from './ptable.ts'
import { cubeStatement } from './statement.ts'

/** What the access body laid down for a dashboard: its questions, and no others. */
export type Lattice = Readonly<{
  name: string
  /** SHA-256 of the canonical text of every question of the cube. */
  questions: readonly string[]
  design: Design
  k: number
}>

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
  assertListed(proven, lattice.questions)
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
  return mint.protected({
    columns: proven.output.map((c) => c.name),
    rows: arrange(rows, proven),
    statement: cubeStatement(lattice.k, lattice.name, lattice.design),
  })
}

/** Throws `refused-by-policy` of rule `cube-not-ad-hoc` for a question that the cube does not list. */
export function assertListed(proven: Proven, questions: readonly string[]): void {
  if (!questions.includes(sha256(proven.canonical)))
    throw new Problem('refused-by-policy', {
      rule: 'cube-not-ad-hoc',
      reason: 'the cube profile answers the questions of its lattice and no others',
      fix: 'Ask one of the questions of the permit, or apply for the standard profile.',
    })
}
