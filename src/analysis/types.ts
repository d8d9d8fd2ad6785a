import type { ColumnSpec } from '../domain/dataset.ts'
import type { Cell } from '../domain/glass.ts'

/** What the proof knows of a value before any row is seen. */
export type Kind =
  | 'person'
  | 'integer'
  | 'number'
  | 'text'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'null'

/** Inclusive bounds: of numbers as they are, of dates in days since 1970-01-01. */
export type Range = Readonly<{ lo: number; hi: number }>

export type Type = Readonly<{
  kind: Kind
  nullable: boolean
  /** Static bounds; absent means unbounded. */
  range?: Range
  /** Every value but NULL that can occur, where that is a closed public set. Dates as ISO days. */
  values?: readonly Cell[]
}>

/** The largest set that the proof carries along; beyond it a domain counts as open. */
export const MAX_VALUES = 1_000
/** Integers stay exact in a double and far from the engine's overflow. */
export const EXACT = 2 ** 53

export const plain = (kind: Kind, nullable = true): Type => ({ kind, nullable })
export const truth = (nullable: boolean): Type => ({
  kind: 'boolean',
  nullable,
  values: [false, true],
})
export const ranged = (kind: Kind, lo: number, hi: number, nullable: boolean): Type => ({
  kind,
  nullable,
  ...(Number.isFinite(lo) && Number.isFinite(hi) && { range: { lo, hi } }),
})
export const orNull = (type: Type): Type => ({ ...type, nullable: true })

const DAY = 86_400_000
/** Days since 1970-01-01 of an ISO day; undefined when it is no day between 1800 and 2200. */
export function dayOf(iso: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(iso)) return undefined
  const ms = Date.parse(`${iso}T00:00:00Z`)
  if (Number.isNaN(ms) || isoDay(ms / DAY) !== iso) return undefined
  return iso >= '1800-01-01' && iso <= '2200-12-31' ? ms / DAY : undefined
}
export const isoDay = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10)

/** The type of a dictionary column. A fact column may always be NULL; the person key never is. */
export function typeOfColumn({ type, domain }: ColumnSpec): Type {
  const kind: Kind = type === 'decimal' ? 'number' : type
  switch (domain.kind) {
    case 'person':
      return { kind: 'person', nullable: false }
    case 'enum':
      return { kind, nullable: true, ...closed(domain.values) }
    case 'codes':
      return { kind, nullable: true, ...(domain.values && closed(domain.values)) }
    case 'boolean':
      return truth(true)
    case 'range':
      return ranged(kind, domain.min, domain.max, true)
    case 'dates': {
      const [lo, hi] = [dayOf(domain.min), dayOf(domain.max)]
      return lo === undefined || hi === undefined ? plain(kind) : ranged(kind, lo, hi, true)
    }
    case 'open':
      return kind === 'boolean' ? truth(true) : plain(kind)
  }
}
const closed = (values: readonly string[]) => (values.length <= MAX_VALUES ? { values } : {})

/** The closed set of values of a type, NULL aside, or undefined when it is open. */
export function closedValues(type: Type): readonly Cell[] | undefined {
  if (type.values !== undefined) return type.values
  const { kind, range } = type
  if (range === undefined || (kind !== 'integer' && kind !== 'date')) return undefined
  const [lo, hi] = [Math.ceil(range.lo), Math.floor(range.hi)]
  if (hi - lo + 1 > MAX_VALUES) return undefined
  const steps = Array.from({ length: Math.max(0, hi - lo + 1) }, (_, i) => lo + i)
  return kind === 'date' ? steps.map(isoDay) : steps
}

/** The least type that holds both, as for the branches of a CASE; undefined when they do not mix. */
export function join(a: Type, b: Type): Type | undefined {
  if (a.kind === 'null') return orNull(b)
  if (b.kind === 'null') return orNull(a)
  const nullable = a.nullable || b.nullable
  const numeric = (k: Kind): boolean => k === 'integer' || k === 'number'
  if (a.kind !== b.kind && !(numeric(a.kind) && numeric(b.kind))) return undefined
  const kind = a.kind === b.kind ? a.kind : 'number'
  const range =
    a.range && b.range
      ? { lo: Math.min(a.range.lo, b.range.lo), hi: Math.max(a.range.hi, b.range.hi) }
      : undefined
  const [x, y] = [closedValues(a), closedValues(b)]
  const values = x && y ? [...new Set([...x, ...y])] : undefined
  return {
    kind,
    nullable,
    ...(range && { range }),
    ...(values && values.length <= MAX_VALUES && { values }),
  }
}
