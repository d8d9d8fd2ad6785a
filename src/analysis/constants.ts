import type { Context } from './context.ts'
import type { Scalar } from './ir.ts'
import { refuse } from './rules.ts'
import { literal } from './scalars.ts'
import type { Node, Reader } from './tree.ts'

const WHOLE = [
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
]

/** A literal of the text. Numbers are taken as the tree writes them, beyond 2^53 refused. */
export function constant(r: Reader, context: Context): Scalar {
  const written = context.read(r.child('value'))
  const type = context.read(written.child('type'))
  const isNull = written.flag('is_null')
  const value = written.value('value')
  const id = type.text('id')
  const info = type.maybe('type_info')
  written.done()
  type.done()
  if (isNull)
    return id === 'NULL' && info === undefined && (value === undefined || value === null)
      ? literal(null, 'null', r.place)
      : refuse('literal-out-of-range', r.place)
  if (id === 'DECIMAL' && typeof value === 'bigint' && info !== undefined)
    return decimal(value, decimalScale(info, context), r.place)
  if (info !== undefined) return refuse('literal-out-of-range', r.place)
  if (WHOLE.includes(id) && typeof value === 'bigint') return whole(value, r.place)
  const finite = typeof value === 'number' || typeof value === 'bigint'
  if ((id === 'DOUBLE' || id === 'FLOAT') && finite)
    return literal(Number(value), 'number', r.place)
  if (id === 'VARCHAR' && typeof value === 'string') return literal(value, 'text', r.place)
  if (id === 'BOOLEAN' && typeof value === 'boolean') return literal(value, 'boolean', r.place)
  return refuse('literal-out-of-range', r.place)
}

function whole(value: bigint, at: string): Scalar {
  const n = Number(value)
  return Number.isSafeInteger(n) ? literal(n, 'integer', at) : refuse('literal-out-of-range', at)
}

/** Digits after the point of DECIMAL(width, scale). */
export function decimalScale(info: Node, context: Context): number {
  const r = context.read(info)
  const [width, scale] = [r.value('width'), r.value('scale')]
  r.done()
  if (r.type !== 'DECIMAL_TYPE_INFO' || typeof width !== 'bigint' || typeof scale !== 'bigint')
    return refuse('option-unknown', r.place)
  return Number(scale)
}

/** The tree holds the digits; the type says where the point is. */
function decimal(digits: bigint, scale: number, at: string): Scalar {
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  const point = text.length - scale
  return literal(Number(`${sign}${text.slice(0, point)}.${text.slice(point) || '0'}`), 'number', at)
}
