import type { Read } from './view.ts'

/** The JSON that a typed read expects. Plain data: it travels to the scan child. Leaves are FHIR primitive types. */
export type Shape =
  | Readonly<{ kind: 'leaf'; type: string }>
  | Readonly<{ kind: 'object'; fields: Readonly<Record<string, Shape>> }>
  | Readonly<{ kind: 'list'; item: Shape }>

type Fields = Record<string, Shape>

/** The shape of a resource from everything that is read of it. */
export function shapeOf(reads: readonly Read[]): Shape {
  const fields: Fields = {}
  for (const { path, lists, type } of reads) plant(fields, path, lists, type)
  return { kind: 'object', fields }
}

function plant(
  fields: Fields,
  path: readonly string[],
  lists: readonly boolean[],
  type: string,
): void {
  const [key = '', ...rest] = path
  const known = fields[key]
  const inner = known?.kind === 'list' ? known.item : known
  let shape: Shape
  if (rest.length === 0) shape = inner ?? { kind: 'leaf', type }
  else {
    const within: Fields = inner?.kind === 'object' ? { ...inner.fields } : {}
    plant(within, rest, lists.slice(1), type)
    shape = { kind: 'object', fields: within }
  }
  fields[key] = lists[0] ? { kind: 'list', item: shape } : shape
}

/**
 * Where a value is not of its shape, as `path is not a number`; undefined when all is well. The engine would turn
 * `true` into 1, 2.7 into 3 and an object into text without a word. Never names a value.
 */
export function mismatch(value: unknown, shape: Shape, path: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (shape.kind === 'leaf') {
    const what = leaves[shape.type]?.(value)
    return what && `${path} is not ${what}`
  }
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) return `${path} is not a list`
    for (const item of value) {
      const wrong = mismatch(item, shape.item, path)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
  if (typeof value !== 'object' || Array.isArray(value)) return `${path} is not an object`
  const object = value as Readonly<Record<string, unknown>>
  for (const name in shape.fields) {
    const wrong = Object.hasOwn(object, name)
      ? mismatch(object[name], shape.fields[name] as Shape, `${path}.${name}`)
      : undefined
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** Answers what a value should have been, or undefined. FHIR R4 section 2.24 (data types). */
type Leaf = (value: unknown) => string | undefined
const text: Leaf = (v) => (typeof v === 'string' ? undefined : 'text')
const integer: Leaf = (v) => (Number.isSafeInteger(v) ? undefined : 'an integer')
const date: Leaf = (v) => (typeof v === 'string' && isFhirDate(v) ? undefined : 'a date')

const leaves: Readonly<Record<string, Leaf>> = {
  boolean: (v) => (typeof v === 'boolean' ? undefined : 'true or false'),
  decimal: (v) => (typeof v === 'number' && Number.isFinite(v) ? undefined : 'a number'),
  integer,
  positiveInt: integer,
  unsignedInt: integer,
  integer64: integer,
  date,
  dateTime: date,
  instant: date,
  ...Object.fromEntries(
    [
      'string',
      'code',
      'id',
      'uri',
      'url',
      'canonical',
      'oid',
      'uuid',
      'markdown',
      'time',
      'base64Binary',
      'xhtml',
    ].map((type) => [type, text]),
  ),
}

const DATE =
  /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d))?)?)?$/

/** FHIR R4 date, dateTime and instant: year, month, day, or moment with an offset; a day that the calendar has. */
export function isFhirDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? []
  if (year === undefined || year === '0000') return false
  if (day === undefined || Number(day) <= 28) return true
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
}

/** What deserves a look in values that are well formed: a date of a year or a month only, a code system that is no URI. */
export function oddities(
  value: unknown,
  shape: Shape,
  found: Set<string> = new Set(),
): ReadonlySet<string> {
  if (value === undefined || value === null) return found
  if (shape.kind === 'leaf') {
    const odd = typeof value === 'string' ? oddLeaf(value, shape.type) : undefined
    if (odd !== undefined) found.add(odd)
  } else if (shape.kind === 'list') {
    if (Array.isArray(value)) for (const item of value) oddities(item, shape.item, found)
  } else {
    const object = value as Readonly<Record<string, unknown>>
    for (const name in shape.fields)
      if (Object.hasOwn(object, name)) oddities(object[name], shape.fields[name] as Shape, found)
  }
  return found
}

function oddLeaf(value: string, type: string): string | undefined {
  if (leaves[type] === date) return value.length < 10 ? 'partial date' : undefined
  // FHIR R4 uri: absolute, or a fragment; `$ucum` and the like are names that a server forgot to replace.
  return type === 'uri' && !/^(?:[a-z][a-z0-9+.-]*:|#)/i.test(value)
    ? 'a code system is not a URI'
    : undefined
}
