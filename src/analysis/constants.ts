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
export function constant(r: Reader): Scalar {
  const written = r.child('value')
  const { is_null: isNull, value } = written
  const type = written['type'] as Node
  const id = String(type['id'])
  if (isNull === true || id === 'NULL') return literal(null, 'null', r.place)
  if (WHOLE.includes(id) && typeof value === 'bigint') return whole(value, r.place)
  // Infinity is written as null or as a text.
  const finite = typeof value === 'number' || typeof value === 'bigint'
  if ((id === 'DOUBLE' || id === 'FLOAT') && finite)
    return literal(Number(value), 'number', r.place)
  if (id === 'DECIMAL' && typeof value === 'bigint') return decimal(value, type, r.place)
  if (id === 'VARCHAR' && typeof value === 'string') return literal(value, 'text', r.place)
  if (id === 'BOOLEAN' && typeof value === 'boolean') return literal(value, 'boolean', r.place)
  return refuse('literal-out-of-range', r.place)
}

function whole(value: bigint, at: string): Scalar {
  const n = Number(value)
  return Number.isSafeInteger(n) ? literal(n, 'integer', at) : refuse('literal-out-of-range', at)
}

/** The tree holds the digits; the type says where the point is. */
function decimal(digits: bigint, type: Node, at: string): Scalar {
  const info = type['type_info'] as Node
  const scale = Number(info['scale'])
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  return literal(
    Number(
      `${sign}${text.slice(0, text.length - scale)}.${text.slice(text.length - scale) || '0'}`,
    ),
    'number',
    at,
  )
}
