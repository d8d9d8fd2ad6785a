import type { Dice } from '../../../tools/fixtures/random.ts'
import { EXTENSION, isPrimitive, partsOf } from './shape.ts'

type Json = Record<string, unknown>
export type Generated = Readonly<Json & { resourceType: string; id: string }>

export const words = ['a', 'b', 'A b', "it's", 'ü"x', '\\n'] as const
export const references = [
  'Practitioner/1',
  'Organization/2',
  'Patient/p1',
  'Practitioner/1/_history/3',
  'urn:uuid:0b7f6a9e-8f3d-4b3c-9c55-3d9d3c1a7f11',
  '#contained',
  'https://elsewhere.example/fhir/Practitioner/1',
] as const

function primitive(d: Dice, type: string): unknown {
  switch (type) {
    case 'boolean':
      return d.chance(0.5)
    case 'integer':
      return d.integer(-2, 3)
    case 'positiveInt':
      return d.integer(1, 3)
    case 'decimal':
      return d.pick([0, 1, 1.5, -0.25, 120])
    case 'date':
      return d.pick(['1990-01-31', '2000-02-29', '2010-12-01'])
    case 'dateTime':
      return d.pick([
        '2001',
        '2001-02',
        '2001-02-03',
        '2001-02-03T04:05:06Z',
        '2001-02-03T04:05:06.7+02:00',
      ])
    case 'uri':
      return d.pick(['http://loinc.org', 'http://x.example/s'])
    default:
      return d.pick(words)
  }
}

const extension = (d: Dice): Json[] => [{ url: EXTENSION, valueString: d.pick(words) }]

/** One element of a FHIR type; what is absent is left out, lists are never empty, as JSON of FHIR has it. */
function element(d: Dice, type: string, depth: number): Json {
  const made: Json = {}
  for (const part of partsOf(type)) {
    const deeper = depth > 3 ? 0.25 : 0.65
    if (!d.chance(deeper)) continue
    const of = d.pick(part.types as [string, ...string[]])
    const key = part.choice ? `${part.name}${of.charAt(0).toUpperCase()}${of.slice(1)}` : part.name
    if (type === 'Reference' && part.name === 'reference') made[key] = d.pick(references)
    else if (isPrimitive(of)) primitives(d, made, key, of, part.many)
    else {
      const one = (): Json => {
        const inner = element(d, of, depth + 1)
        return Object.keys(inner).length > 0 ? inner : { id: 'x' }
      }
      made[key] = part.many ? Array.from({ length: d.integer(1, depth > 0 ? 2 : 3) }, one) : one()
    }
  }
  return type === 'Extension' ? { url: d.pick([EXTENSION, 'http://x.example/f']), ...made } : made
}

/** Primitives may have an extension in a sibling, lists of them pad with null. */
function primitives(d: Dice, into: Json, key: string, type: string, many: boolean): void {
  if (!many) {
    into[key] = primitive(d, type)
    // Not on a boolean: the peer then takes false for true (rule false-with-extension of peer.ts).
    if (type !== 'boolean' && d.chance(0.15)) into[`_${key}`] = { extension: extension(d) }
    return
  }
  const marked = d.chance(0.2)
  const values = Array.from({ length: d.integer(1, 3) }, () => primitive(d, type))
  into[key] = marked ? [...values, null] : values
  if (marked) into[`_${key}`] = [...values.map(() => null), { extension: extension(d) }]
}

/** Resources of one type; the same dice, the same resources. */
export const generateResources = (d: Dice, type: string, count: number): readonly Generated[] =>
  Array.from({ length: count }, (_, i) => ({
    resourceType: type,
    id: `p${i}`,
    ...element(d, type, 0),
  }))
