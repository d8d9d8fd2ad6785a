import type { Part, Relation, Scalar } from './ir.ts'
import { refuse } from './rules.ts'
import { constantNumber } from './scalars.ts'
import type { Type } from './types.ts'
import { aggregationScalars, childrenOf, columnsRead, inputsOf, windowScalars } from './walk.ts'

/**
 * What one person alone can make the engine do. A run that dies of memory or time shows that it did, so a question must
 * not be able to kill it over the one person that it is about: the rows of a person through all operators, and the bytes of
 * the widest one, have static bounds, far below what the engine is given for everybody.
 */
const MOST_WORK = 5_000_000
const MOST_BYTES = 64 * 1024 * 1024

const NUMBER = 8
/** Texts of the data: units, codes, short names. */
const TEXT = 32

type Found = {
  work: number
  readonly widths: Map<number, number>
  readonly parts: Map<Part, number>
}

/** Refuses a relation whose rows of one person, with the columns `read` of it, could be more than passes unnoticed. */
export function bearable(relation: Relation, read: Iterable<number>, at: string): void {
  const found: Found = { work: 0, widths: new Map(), parts: new Map() }
  carry(relation, new Set(read), found, at)
  if (found.work > MOST_WORK) refuse('fan-out', at, tooMuch)
}

const tooMuch = {
  reason:
    'The rows of one person could keep the engine busy for so long, or so full, that it shows.',
}

type Read = ReadonlySet<number>
const all = (r: Relation): Read => new Set(r.columns.map((c) => c.id))

/** As the printer does: columns that nobody reads are left out. */
function carry(r: Relation, read: Read, found: Found, at: string): void {
  if (r.op === 'part') carryPart(r, found, at)
  else {
    const scalars = scalarsOf(r, read)
    const kept = r.op === 'filter' || r.op === 'join' ? read : []
    const below = new Set([...kept, ...scalars.flatMap(columnsRead)])
    const whole = r.op === 'window' || r.op === 'distinct' || r.op === 'set'
    for (const input of inputsOf(r)) carry(input, whole ? all(input) : below, found, at)
    for (const s of scalars) inside(s, found, at)
    widen(r, found)
  }
  count(r, read, found, at)
}

/** Notes the widths of the columns that are made here. */
function widen(r: Relation, found: Found): void {
  if (r.op === 'project') for (const i of r.items) found.widths.set(i.id, widthOf(i.value, found))
  if (r.op === 'group') for (const k of r.keys) found.widths.set(k.id, widthOf(k.value, found))
  const made = r.op === 'group' ? r.aggregates : r.op === 'window' ? r.items : []
  for (const { id, value } of made)
    found.widths.set(id, value.arg === undefined ? NUMBER : widthOf(value.arg, found))
  if (r.op === 'set')
    r.columns.forEach((c, i) => {
      const sides = [r.left, r.right].map((s) => found.widths.get(s.columns[i]?.id ?? -1) ?? 0)
      found.widths.set(c.id, Math.max(...sides, plainWidth(c.type)))
    })
}

/** Each use counts as if the part stood there; it is looked into once. */
function carryPart(r: Relation & { op: 'part' }, found: Found, at: string): void {
  const { part } = r
  const before = found.work
  const known = found.parts.get(part)
  if (known === undefined) carry(part.body, all(part.body), found, at)
  else found.work += known
  found.parts.set(part, known ?? found.work - before)
  r.columns.forEach((c, i) => {
    const body = part.body.columns[i]
    found.widths.set(c.id, found.widths.get(body?.id ?? -1) ?? plainWidth(c.type))
  })
}

function count(r: Relation, read: Read, found: Found, at: string): void {
  if (r.key === undefined) return
  if (r.op !== 'filter' && r.op !== 'project' && r.op !== 'part') found.work += r.rows
  const here = r.columns.filter((c) => read.has(c.id) || c.id === r.key)
  const wide = here.reduce((n, c) => n + (found.widths.get(c.id) ?? plainWidth(c.type)), 0)
  if (r.rows * wide > MOST_BYTES) refuse('fan-out', at, tooMuch)
}

/** Subqueries of an expression. */
function inside(s: Scalar, found: Found, at: string): void {
  if (s.op === 'exists' || s.op === 'lookup') carry(s.input, all(s.input), found, at)
  for (const child of childrenOf(s)) inside(child, found, at)
}

function scalarsOf(r: Relation, read: Read): readonly Scalar[] {
  switch (r.op) {
    case 'filter':
      return [r.where]
    case 'project':
      return r.items.filter((i) => read.has(i.id) || i.id === r.key).map((i) => i.value)
    case 'join':
      return r.on === undefined ? [] : [r.on]
    case 'group':
      return [
        ...r.keys.map((k) => k.value),
        ...r.aggregates.flatMap((a) => aggregationScalars(a.value)),
      ]
    case 'window':
      return r.items.flatMap((i) => windowScalars(i.value))
    default:
      return []
  }
}

const plainWidth = ({ kind }: Type): number => (kind === 'text' ? TEXT : NUMBER)

/** Bytes of a value at most, where it is a text that grew. */
function widthOf(s: Scalar, found: Found): number {
  if (s.type.kind !== 'text') return NUMBER
  switch (s.op) {
    case 'column':
      return found.widths.get(s.id) ?? TEXT
    case 'literal':
      return String(s.value).length
    case 'case':
      return Math.max(
        ...[...s.whens.map((w) => w.result), s.otherwise].map((x) => widthOf(x, found)),
      )
    case 'lookup':
      return Math.max(
        TEXT,
        ...s.aggregates.map((a) => (a.value.arg ? widthOf(a.value.arg, found) : 0)),
      )
    case 'call': {
      const args = s.args.map((a) => widthOf(a, found))
      if (s.name === 'concat')
        return Math.min(
          1000,
          args.reduce((n, w) => n + w, 0),
        )
      if (s.name === 'left' || s.name === 'right' || s.name === 'substring')
        return Math.min(args[0] ?? TEXT, constantNumber(s.args.at(-1)) ?? 1000)
      return Math.max(...args)
    }
    default:
      return TEXT
  }
}
