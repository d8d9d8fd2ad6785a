import r4 from './model/r4.json' with { type: 'json' }

/** One element of a FHIR type: `types` has several entries for a choice such as value[x]. */
export type Field = Readonly<{
  name: string
  many: boolean
  choice: boolean
  types: readonly string[]
}>

const types: Readonly<Record<string, string>> = r4.types
export const modelVersion: string = r4.fhirVersion
export const resources: readonly string[] = r4.resources

const SHAPE = /^(\w+)(\*?)(\??):(.*)$/
function field(entry: string): Field {
  const [, name = '', many, choice, list = ''] = SHAPE.exec(entry) ?? []
  return { name, many: many === '*', choice: choice === '?', types: list.split('|') }
}

export const isComplex = (type: string): boolean => Object.hasOwn(types, type)

/** The elements of a complex type or resource of FHIR R4, inherited ones included; empty for a primitive. */
export const fieldsOf = (type: string): readonly Field[] =>
  Object.hasOwn(types, type) ? (types[type] ?? '').split(' ').map(field) : []

export const fieldOf = (type: string, name: string): Field | undefined =>
  fieldsOf(type).find((f) => f.name === name)

/** Whether any type of R4 has an element of this name: tells a misplaced name from a misspelt one. */
export const anywhere = (name: string): boolean =>
  Object.values(types).some((text) => new RegExp(`(^| )${name}\\*?\\??:`).test(text))

/** The JSON key of a choice: value + Quantity, value + dateTime -> valueDateTime. */
export const choiceKey = (name: string, type: string): string =>
  `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}`

/** What a value may be compared with and which SQL type holds it. */
export type Kind = 'boolean' | 'integer' | 'decimal' | 'text' | 'date' | 'dateTime' | 'time'

const kinds: Readonly<Record<string, Kind>> = {
  boolean: 'boolean',
  integer: 'integer',
  integer64: 'integer',
  positiveInt: 'integer',
  unsignedInt: 'integer',
  decimal: 'decimal',
  date: 'date',
  dateTime: 'dateTime',
  instant: 'dateTime',
  time: 'time',
  string: 'text',
  code: 'text',
  id: 'text',
  uri: 'text',
  url: 'text',
  canonical: 'text',
  oid: 'text',
  uuid: 'text',
  markdown: 'text',
  base64Binary: 'text',
  xhtml: 'text',
}
/** undefined for anything that is not a primitive type. */
export const kindOf = (type: string): Kind | undefined =>
  Object.hasOwn(kinds, type) ? kinds[type] : undefined

/** Dates and times stay text: partial dates keep what was written. */
export function sqlType(kind: Kind): 'BOOLEAN' | 'BIGINT' | 'DOUBLE' | 'VARCHAR' {
  if (kind === 'boolean') return 'BOOLEAN'
  if (kind === 'integer') return 'BIGINT'
  return kind === 'decimal' ? 'DOUBLE' : 'VARCHAR'
}
