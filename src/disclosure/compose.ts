import type { PrivacyStatement } from '../domain/glass.ts'
import { effectiveThreshold, thresholdTerm } from './bounds.ts'
import { type Spending, statement } from './statement.ts'

/** One line of a meter, as Store.commit takes it. */
export type MeterCharge = Readonly<{ charge: string; key: string; rho: number; budget: number }>

/** Who asks: the permit, the group it was declared to belong to, and the datasets its workspace was cut from. */
export type Asker = Readonly<{
  permit: string
  /** Permits that the access body declared to be one: they share a meter and its budget. */
  group?: Readonly<{ name: string; budget: number }>
  budget: number
  datasets: readonly string[]
}>

/** The lineage meter never stops anybody: it shows the access body what all permits together have spent. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER

/** A permit's meter has the permit's identifier as name; the others have a colon, which no identifier has. */
export const meterName = {
  permit: (id: string): string => id,
  group: (name: string): string => `group:${name}`,
  lineage: (dataset: string): string => `lineage:${dataset}`,
} as const

/**
 * What one question is charged to, before it runs: the permit's own meter, its group's, and per dataset the lineage.
 * zCDP adds up under composition, also of questions chosen after seeing answers (Bun and Steinke 2016, lemma 2.3), so
 * a meter is a sum. `question` is its questionKey: under the same key a meter is charged once.
 */
export function chargesFor(asker: Asker, question: string, rho: number): MeterCharge[] {
  const line = (charge: string, budget: number): MeterCharge => ({
    charge,
    key: question,
    rho,
    budget,
  })
  return [
    line(meterName.permit(asker.permit), asker.budget),
    ...(asker.group ? [line(meterName.group(asker.group.name), asker.group.budget)] : []),
    ...[...new Set(asker.datasets)].map((d) => line(meterName.lineage(d), UNLIMITED)),
  ]
}

/**
 * The statement of several tables, or permits, seen together by one attacker: rho and threshold terms add, the least
 * variance and k and the greatest threshold are shown. Throws a RangeError for nothing.
 */
export function combined(parts: readonly Spending[]): PrivacyStatement {
  if (parts.length === 0) throw new RangeError('nothing to combine')
  const sum = (of: (s: Spending) => number): number => parts.reduce((t, s) => t + of(s), 0)
  const least = (of: (s: Spending) => number): number => Math.min(...parts.map(of))
  return {
    ...statement({
      profile: 'standard',
      k: least((s) => s.k),
      variance: least((s) => s.variance),
      rounding: least((s) => s.rounding),
      rho: sum((s) => s.rho),
      thresholds: sum((s) => s.thresholds),
      term: sum((s) => s.thresholds * thresholdTerm(s.k, s.variance)),
    }),
    effectiveThreshold: Math.max(...parts.map((s) => effectiveThreshold(s.k, s.variance))),
  }
}
