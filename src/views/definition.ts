import type { Expression } from './fhirpath/ast.ts'
import { parse } from './fhirpath/parse.ts'
import { kindOf, modelVersion, resources } from './model.ts'
import { type Place, refuse } from './refuse.ts'

/** A ViewDefinition whose every part has been understood; each keeps its JSON pointer. */
export type View = Readonly<{
  resource: string
  name?: string
  constants: readonly Readonly<{ name: string; type: string; text: string; place: Place }>[]
  select: readonly Select[]
  where: readonly Path[]
}>
export type Path = Readonly<{ expression: Expression; place: Place }>
export type Column = Readonly<{
  name: string
  path: Path
  type?: string
  collection: boolean
  place: Place
}>
export type Select = Readonly<{
  place: Place
  iterate?:
    | Readonly<{ kind: 'forEach' | 'forEachOrNull'; path: Path }>
    | Readonly<{ kind: 'repeat'; paths: readonly Path[] }>
  columns: readonly Column[]
  select: readonly Select[]
  unionAll: readonly Select[]
}>

const METADATA =
  'resourceType id meta implicitRules language text contained extension url identifier version versionAlgorithmString versionAlgorithmCoding name title status experimental date publisher contact description useContext jurisdiction purpose copyright copyrightLabel profile fhirVersion'.split(
    ' ',
  )
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/
const RESERVED = ['rowIndex', 'context', 'resource', 'rootResource', 'ucum', 'sct', 'loinc']

type Json = Readonly<Record<string, unknown>>
const isObject = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x)

function object(x: unknown, place: Place, known: readonly string[]): Json {
  if (!isObject(x))
    return refuse('not-an-object', place, 'An object is needed here.', 'Correct it.')
  const foreign = Object.keys(x).find((key) => !known.includes(key))
  if (foreign !== undefined)
    refuse(
      'unknown-property',
      `${place}/${foreign}`,
      'A view runner that ignored this property could give wrong rows.',
      `Use one of ${known.filter((k) => !METADATA.includes(k) || k === 'name').join(', ')}.`,
    )
  return x
}

function string(x: unknown, place: Place): string {
  if (typeof x === 'string' && x !== '') return x
  return refuse('not-a-string', place, 'A string is needed here.', 'Correct it.')
}

function list<T>(x: unknown, place: Place, read: (item: unknown, place: Place) => T): readonly T[] {
  if (x === undefined) return []
  if (!Array.isArray(x) || x.length === 0)
    return refuse('not-a-list', place, 'A list with at least one item is needed.', 'Correct it.')
  return x.map((item, i) => read(item, `${place}/${i}`))
}

function name(x: unknown, place: Place): string {
  const found = string(x, place)
  if (NAME.test(found)) return found
  return refuse(
    'bad-name',
    place,
    'A name has letters, digits and underscores and begins with a letter.',
    'Rename it.',
  )
}

function path(x: unknown, place: Place): Path {
  return { expression: parse(string(x, place), place), place }
}

const PREFIX =
  /^(?:http:\/\/hl7\.org\/fhir\/StructureDefinition\/|http:\/\/hl7\.org\/fhirpath\/System\.)/
function type(x: unknown, place: Place): string {
  const full = string(x, place)
  const short = full.replace(PREFIX, '')
  const found =
    PREFIX.test(full) && full.includes('fhirpath')
      ? short.charAt(0).toLowerCase() + short.slice(1)
      : short
  if (kindOf(found)) return found
  return refuse(
    'column-not-primitive',
    place,
    'A column of a table has a primitive FHIR type.',
    'Select the primitive elements inside, each as its own column.',
  )
}

function column(x: unknown, place: Place): Column {
  const c = object(x, place, [
    'path',
    'name',
    'description',
    'collection',
    'type',
    'tag',
    'id',
    'extension',
  ])
  const collection = c['collection'] ?? false
  if (typeof collection !== 'boolean')
    return refuse('not-a-boolean', `${place}/collection`, 'true or false is needed.', 'Correct it.')
  return {
    name: name(c['name'], `${place}/name`),
    path: path(c['path'], `${place}/path`),
    ...(c['type'] === undefined ? {} : { type: type(c['type'], `${place}/type`) }),
    collection,
    place,
  }
}

function iteration(s: Json, place: Place): Pick<Select, 'iterate'> {
  const kinds = ['forEach', 'forEachOrNull', 'repeat'].filter((k) => s[k] !== undefined)
  if (kinds.length > 1)
    refuse(
      'one-iteration-only',
      place,
      'forEach, forEachOrNull and repeat exclude each other.',
      'Nest one select in the other.',
    )
  const [kind] = kinds
  if (kind === undefined) return {}
  if (kind === 'repeat')
    return { iterate: { kind, paths: list(s['repeat'], `${place}/repeat`, path) } }
  return { iterate: { kind: kind as 'forEach', path: path(s[kind], `${place}/${kind}`) } }
}

function select(x: unknown, place: Place): Select {
  const s = object(x, place, [
    'column',
    'select',
    'forEach',
    'forEachOrNull',
    'repeat',
    'unionAll',
    'id',
    'extension',
  ])
  const made: Select = {
    place,
    ...iteration(s, place),
    columns: list(s['column'], `${place}/column`, column),
    select: list(s['select'], `${place}/select`, select),
    unionAll: list(s['unionAll'], `${place}/unionAll`, select),
  }
  if (made.columns.length + made.select.length + made.unionAll.length === 0)
    refuse(
      'empty-select',
      place,
      'A select without columns makes no table.',
      'Add column, select or unionAll.',
    )
  return made
}

function constant(x: unknown, place: Place): View['constants'][number] {
  if (!isObject(x))
    return refuse('not-an-object', place, 'An object is needed here.', 'Correct it.')
  const values = Object.keys(x).filter((k) => k.startsWith('value'))
  const [key = ''] = values
  const found = key.charAt(5).toLowerCase() + key.slice(6)
  if (values.length !== 1 || !kindOf(found) || found === 'xhtml' || found === 'markdown')
    refuse(
      'bad-constant',
      place,
      'A constant has one value of a primitive type.',
      'Write one value[x].',
    )
  object(x, place, ['name', key, 'id', 'extension'])
  const called = name(x['name'], `${place}/name`)
  if (RESERVED.includes(called))
    refuse('reserved-name', `${place}/name`, `%${called} has a meaning of its own.`, 'Rename it.')
  return { name: called, type: found, text: constantText(x[key], found, `${place}/${key}`), place }
}

const TEXTS: Readonly<Record<string, RegExp>> = {
  boolean: /^(true|false)$/,
  integer: /^-?\d+$/,
  decimal: /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/,
  date: /^\d{4}(-\d\d(-\d\d)?)?$/,
  dateTime: /^\d{4}(-\d\d(-\d\dT?(\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/,
  time: /^\d\d:\d\d:\d\d(\.\d+)?$/,
  text: /^[\s\S]+$/,
}
/** A lossless number prints as it was written; a plain one as JavaScript prints it. */
function constantText(x: unknown, of: string, place: Place): string {
  const kind = kindOf(of) ?? 'text'
  const number = kind === 'integer' || kind === 'decimal'
  const fits =
    kind === 'boolean'
      ? typeof x === 'boolean'
      : number
        ? typeof x !== 'string' || of === 'integer64'
        : typeof x === 'string'
  const written = String(x)
  if (fits && TEXTS[kind]?.test(written)) return written
  return refuse('bad-constant', place, `This is not a value of type ${of}.`, 'Correct it.')
}

function version(x: unknown): void {
  const versions = list(x, '/fhirVersion', string)
  if (versions.length > 0 && !versions.some((v) => v === '4.0' || v.startsWith('4.0.')))
    refuse(
      'fhir-version',
      '/fhirVersion',
      `This view is for FHIR ${versions.join(', ')}; the model here is R4 (${modelVersion}), R4B and R5 differ.`,
      'Write the view for R4 and add 4.0.1.',
    )
}

/** Understands a ViewDefinition entirely, or refuses it with class and pointer. Throws `view-invalid`. */
export function readDefinition(x: unknown): View {
  const v = object(x, '', [...METADATA, 'resource', 'constant', 'select', 'where'])
  if (v['resourceType'] !== undefined && v['resourceType'] !== 'ViewDefinition')
    refuse('not-a-view', '/resourceType', 'This is another resource.', 'Give a ViewDefinition.')
  if (v['resource'] === undefined)
    refuse('missing-resource', '/resource', 'The view names no resource type.', 'Add resource.')
  const resource = string(v['resource'], '/resource')
  if (!resources.includes(resource))
    refuse('unknown-resource', '/resource', 'This is no resource of FHIR R4.', 'Correct it.')
  version(v['fhirVersion'])
  if (v['select'] === undefined)
    refuse('missing-select', '/select', 'The view selects nothing.', 'Add select.')
  const constants = list(v['constant'], '/constant', constant)
  const twice = constants.find((c, i) => constants.findIndex((d) => d.name === c.name) !== i)
  if (twice) refuse('duplicate-constant', twice.place, 'The name is taken.', 'Rename it.')
  return {
    resource,
    ...(v['name'] === undefined ? {} : { name: name(v['name'], '/name') }),
    constants,
    select: list(v['select'], '/select', select),
    where: list(v['where'], '/where', (item, place) =>
      path(
        object(item, place, ['path', 'description', 'id', 'extension'])['path'],
        `${place}/path`,
      ),
    ),
  }
}

/** ShareableViewDefinition: url, name, fhirVersion and the type of every column. Throws `view-invalid`. */
export function requireShareable(x: unknown, view: View): void {
  const v = isObject(x) ? x : {}
  for (const key of ['url', 'name', 'fhirVersion'])
    if (v[key] === undefined)
      refuse('not-shareable', `/${key}`, `A shareable view states its ${key}.`, `Add ${key}.`)
  const untyped = (selects: readonly Select[]): Column | undefined => {
    for (const s of selects) {
      const found =
        s.columns.find((c) => c.type === undefined) ?? untyped([...s.select, ...s.unionAll])
      if (found) return found
    }
    return undefined
  }
  const bare = untyped(view.select)
  if (bare) refuse('not-shareable', bare.place, 'A shareable view types every column.', 'Add type.')
}
