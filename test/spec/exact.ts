import { toDigits } from '../../src/disclosure/round.ts'
import type { Aggregate, Cell } from '../../src/domain/glass.ts'
import type { Proven } from '../../src/domain/proven.ts'

/** The released table as it would be without noise and threshold: for comparing with a naive computation only. */
export function exactTable(
  aggregate: Aggregate,
  proven: Proven,
): (string | number | boolean | null)[][] {
  const at = new Map(proven.statistics.map((s, i) => [s.id, i]))
  const rows = aggregate.cells.map(({ labels, sums }) => {
    const value = (id: string): number => {
      const i = at.get(id) as number
      return Number(sums[i]) / (proven.statistics[i]?.scale ?? 1)
    }
    return proven.output.map((o): string | number | boolean | null => {
      if (o.kind === 'label') return plain(labels[o.label] ?? null)
      if (o.kind === 'value') return toDigits(value(o.statistic), o.digits)
      const below = value(o.denominator)
      return below === 0 ? null : toDigits(value(o.numerator) / below, o.digits)
    })
  })
  return rows.filter((row) =>
    (proven.having ?? []).every((h) => {
      const v = Number(row[h.column])
      return {
        '=': v === h.value,
        '<>': v !== h.value,
        '<': v < h.value,
        '<=': v <= h.value,
        '>': v > h.value,
        '>=': v >= h.value,
      }[h.test]
    }),
  )
}

export const plain = (c: Cell): string | number | boolean | null =>
  typeof c === 'bigint' ? Number(c) : c

/** Our helpers as macros, so that a researcher's text runs in plain DuckDB. */
export const macros = [
  'CREATE TEMP MACRO clamp(x, lo, hi) AS CASE WHEN x IS NULL THEN NULL WHEN x < lo THEN lo WHEN x > hi THEN hi ELSE x END',
  'CREATE TEMP MACRO bucket(x, lo, hi, step) AS CASE WHEN x >= lo AND x < hi THEN lo + floor((x - lo) / step) * step END',
  "CREATE TEMP MACRO age_at(b, d) AS date_sub('year', b, d)",
  'CREATE TEMP MACRO between_dates(d, a, b) AS d BETWEEN a AND b',
]
