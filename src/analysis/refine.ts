import type { Cell } from '../domain/glass.ts'
import type { Column, Scalar } from './ir.ts'
import { dayOf, type Range, type Type } from './types.ts'

/** What a column can still be after the rows that fail a condition are gone. */
export function refine(column: Column, tests: readonly Scalar[]): Column {
  const type = tests.reduce<Type>((t, test) => narrowed(column.id, t, test), column.type)
  const range = type.range ?? between(column, tests)
  return { ...column, type: range === undefined ? type : { ...type, range } }
}

/** Both bounds of a value that has none of its own: together they close it, and NaN and infinity fall out. */
function between({ id, type }: Column, tests: readonly Scalar[]): Range | undefined {
  const bounds = (names: readonly string[]): number[] =>
    tests.flatMap((t) => {
      const [subject, bound] = t.op === 'call' && names.includes(t.name) ? t.args : []
      if (subject?.op !== 'column' || subject.id !== id || bound?.op !== 'literal') return []
      return bound.type.kind === type.kind ? (toNumber(type, bound.value) ?? []) : []
    })
  const [lower, upper] = [bounds(['ge', 'gt']), bounds(['le', 'lt'])]
  if (lower.length === 0 || upper.length === 0) return undefined
  const [lo, hi] = [Math.max(...lower), Math.min(...upper)]
  return { lo, hi: Math.max(lo, hi) }
}

function narrowed(id: number, type: Type, test: Scalar): Type {
  if (test.op !== 'call') return type
  const [subject, ...rest] = test.args
  if (subject?.op !== 'column' || subject.id !== id) return type
  if (test.name === 'is-not-null') return { ...type, nullable: false }
  if (type.kind === 'person') return type
  const written = rest.flatMap((r) => (r.op === 'literal' && r.value !== null ? [r.value] : []))
  if (written.length !== rest.length || written.length === 0) return type
  const sameKind = rest.every((r) => r.type.kind === type.kind)
  if (!sameKind) return type
  switch (test.name) {
    case 'eq':
    case 'in': {
      const left = type.values?.filter((v) => (written as readonly Cell[]).includes(v)) ?? [
        ...new Set(written),
      ]
      return { ...type, nullable: false, values: left }
    }
    case 'ge':
    case 'gt':
    case 'le':
    case 'lt':
      return within(type, test.name, toNumber(type, written[0] ?? null))
    default:
      return type
  }
}

const toNumber = (type: Type, v: Cell): number | undefined =>
  type.kind === 'date' ? dayOf(String(v)) : typeof v === 'number' ? v : undefined

/** The bound is kept inclusive, which is safe for > and < too. One bound alone does not close a type. */
function within(type: Type, test: 'ge' | 'gt' | 'le' | 'lt', bound: number | undefined): Type {
  if (bound === undefined) return type
  const lower = test === 'ge' || test === 'gt'
  const from: Partial<Range> = type.range ?? {}
  const lo = lower ? Math.max(from.lo ?? Number.NEGATIVE_INFINITY, bound) : from.lo
  const hi = lower ? from.hi : Math.min(from.hi ?? Number.POSITIVE_INFINITY, bound)
  const { range: _, ...rest } = type
  if (lo === undefined || hi === undefined) return { ...type, nullable: false }
  return { ...rest, nullable: false, range: { lo, hi: Math.max(lo, hi) } }
}
