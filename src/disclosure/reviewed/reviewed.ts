import { type Aggregate, type Cell, mint, type Protected } from '../../domain/glass.ts'
import { Problem } from '../../domain/problem.ts'
import type { OutputColumn, Proven } from '../../domain/proven.ts'
import { valuesOf } from '../grid.ts'
import { arrange } from '../order.ts'
import { toDigits } from '../round.ts'
import { cellKey } from '../stream.ts'
import type { Solve } from './lp.ts'
import { reviewedStatement } from './statement.ts'
import { MOST_CELLS, type Suppressed, suppress } from './suppress.ts'
import { ALL, type Margined, withMargins } from './table.ts'

/** What checkers see beside an exact table (after SACRO): nothing in it leaves. */
export type Evidence = Readonly<{
  cells: number
  hidden: number
  /** Of the hidden ones, those with fewer than k persons. */
  small: number
  /** Hidden cells whose value follows from what is shown. A release needs 0. */
  recoverable: number
  /** Least width of what an attacker can say of a hidden cell, persons. */
  narrowest: number
  /** Fewest persons behind a shown number. */
  fewest: number
  /** Shown sums where one value of the range's size could be over half of the sum. */
  dominance: readonly Readonly<{ column: string; cells: number }>[]
}>

type Exact = Readonly<{ sum: number; scale: number; whole: boolean }>

function evidenceOf(
  table: Margined,
  { hidden, primary, ranges }: Suppressed,
): Omit<Evidence, 'dominance'> {
  const shown = table.counts.filter((_, i) => !hidden.has(i))
  return {
    cells: table.counts.length,
    hidden: hidden.size,
    small: primary.size,
    recoverable: ranges.filter((r) => r.most === r.least).length,
    narrowest: Math.min(...ranges.map((r) => r.most - r.least)),
    fewest: Math.min(...shown),
  }
}

/**
 * Whether the profile can show the answer of a query at all, by the query alone. Throws `sql-refused` with the rule:
 * persons are counted once, labels are closed, and the table with its margins has at most MOST_CELLS cells.
 */
export function assertReviewable(proven: Proven): void {
  const refuse = (rule: string, reason: string, fix: string): never => {
    throw new Problem('sql-refused', { rule, place: 'profile', reason, fix })
  }
  if (!proven.statistics.some((s) => s.kind === 'persons') || proven.cellsPerPerson !== 1)
    refuse(
      'reviewed-counts-once',
      'An exact table counts each person in one cell.',
      'Make one row per person before the released GROUP BY, and count(*) there.',
    )
  let cells = 1
  try {
    for (const { domain, values } of proven.labels) cells *= valuesOf(domain, values).length + 1
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    refuse('reviewed-open-label', 'A label has no short list of values.', 'Use bucket() or CASE.')
  }
  if (cells > MOST_CELLS)
    refuse(
      'reviewed-too-many-cells',
      `The table could have ${cells} cells with its margins, at most ${MOST_CELLS} are audited.`,
      'Use fewer or coarser labels.',
    )
}

/**
 * The `reviewed` profile: exact counts of the first persons statistic with complementary suppression over all margins;
 * sums and means of shown inner cells where their own contributors are k. Needs two blinded checkers before it may be
 * released, and is entered in the lineage as UNBOUNDED. Throws a RangeError for open labels or too many cells, an Error
 * where the audit does not come out clean.
 */
export function review(
  aggregate: Aggregate,
  proven: Proven,
  rules: Readonly<{ k: number }>,
  solve: Solve,
): Readonly<{ table: Protected; evidence: Evidence }> {
  const base = proven.statistics.findIndex((s) => s.kind === 'persons')
  if (base < 0 || proven.cellsPerPerson !== 1)
    throw new RangeError('a reviewed table counts persons once')
  const domains = proven.labels.map((l) => [...valuesOf(l.domain, l.values)])
  const used = domains.map((d, i) =>
    d.filter((v) => v !== null || aggregate.cells.some((c) => c.labels[i] === null)),
  )
  const counted = aggregate.cells.map((c) => ({ labels: c.labels, persons: c.persons[base] ?? 0 }))
  const table = withMargins(used, counted)
  const done = suppress(table, rules.k, solve)
  const evidence = evidenceOf(table, done)
  const clean = done.hidden.size === table.counts.length || evidence.recoverable === 0
  if (!clean) throw new Error('the audit found a recoverable cell')
  const cells = new Map(aggregate.cells.map((c) => [cellKey(c.labels), c]))
  const shownCells = table.places.flatMap((place, i) => (done.hidden.has(i) ? [] : [{ place, i }]))
  const rows = shownCells.map(({ place, i }) => {
    const labels = place.map((p) => (p === ALL ? 'all' : p))
    const inner = place.includes(ALL) ? undefined : cells.get(cellKey(place as Cell[]))
    const exact = (id: string): Exact | undefined => {
      const at = proven.statistics.findIndex((s) => s.id === id)
      if (at === base) return { sum: table.counts[i] as number, scale: 1, whole: true }
      const s = proven.statistics[at]
      if (!s || !inner) return undefined
      const counter = proven.statistics.findIndex((p) => p.id === s.contributors)
      const behind = Math.min(inner.persons[at] ?? 0, inner.persons[counter] ?? 0)
      const others = (table.counts[i] as number) - behind
      // the persons left over are a cell too: few of them, or for a count none, would be said by the difference
      const enough = others >= rules.k || (s.kind === 'sum' && others === 0)
      if (behind < rules.k || !enough) return undefined
      return { sum: Number(inner.sums[at]), scale: s.scale, whole: s.kind === 'persons' }
    }
    return { key: labels, row: proven.output.map((c) => columnOf(c, labels, exact)) }
  })
  return {
    table: mint.protected({
      columns: proven.output.map((c) => c.name),
      rows: arrange(rows, proven),
      statement: reviewedStatement(rules.k),
    }),
    evidence: { ...evidence, dominance: dominance(proven, aggregate) },
  }
}

function columnOf(
  column: OutputColumn,
  labels: readonly Cell[],
  exact: (id: string) => Exact | undefined,
): Cell {
  switch (column.kind) {
    case 'label':
      return labels[column.label] ?? null
    case 'value': {
      const v = exact(column.statistic)
      return v ? toDigits(three(v.sum / v.scale, v.whole), column.digits) : null
    }
    case 'ratio': {
      const [a, b] = [exact(column.numerator), exact(column.denominator)]
      return a && b && b.sum > 0
        ? toDigits(three(a.sum / a.scale / (b.sum / b.scale), false), column.digits)
        : null
    }
  }
}

/** Three significant digits for what is not a count. */
const three = (x: number, whole: boolean): number => (whole ? x : Number(x.toPrecision(3)))

function dominance(proven: Proven, aggregate: Aggregate): Evidence['dominance'] {
  return proven.statistics.flatMap((s, i) => {
    if (s.kind !== 'sum') return []
    const most = Math.max(Math.abs(s.lo), Math.abs(s.hi))
    const cells = aggregate.cells.filter((c) => Math.abs(Number(c.sums[i])) < 2 * most).length
    return [{ column: s.id, cells }]
  })
}
