import { choiceKey, type Field, fieldOf, kindOf } from '../../../src/views/model.ts'
import type { Dice } from '../dice.ts'

/** The elements that views ask for and resources carry: small, so that they meet often. */
export const vocabulary: Readonly<Record<string, readonly string[]>> = {
  Patient:
    'active gender birthDate name telecom contact address deceased multipleBirth link managingOrganization extension'.split(
      ' ',
    ),
  'Patient.contact': ['gender', 'name', 'telecom', 'relationship', 'organization', 'period'],
  'Patient.link': ['other', 'type'],
  Observation:
    'status code category subject effective value component referenceRange performer issued encounter'.split(
      ' ',
    ),
  'Observation.component': ['code', 'value', 'interpretation'],
  'Observation.referenceRange': ['low', 'high', 'text'],
  Condition:
    'code clinicalStatus subject onset recordedDate category bodySite evidence stage extension'.split(
      ' ',
    ),
  'Condition.evidence': ['code', 'detail'],
  'Condition.stage': ['summary', 'type'],
  HumanName: ['use', 'family', 'given', 'period'],
  ContactPoint: ['system', 'value', 'rank'],
  Address: ['city', 'state', 'line', 'period'],
  CodeableConcept: ['coding', 'text'],
  Coding: ['system', 'code', 'userSelected'],
  Quantity: ['value', 'unit', 'code'],
  Range: ['low', 'high'],
  Period: ['start', 'end'],
  Reference: ['reference', 'display'],
  Extension: ['value'],
}
export const rootTypes = ['Patient', 'Observation', 'Condition'] as const
export const urls = ['http://x.example/a', 'http://x.example/b'] as const

const choices: Readonly<Record<string, readonly string[]>> = {
  deceased: ['boolean', 'dateTime'],
  multipleBirth: ['boolean', 'integer'],
  effective: ['dateTime', 'Period', 'instant'],
  value: ['Quantity', 'CodeableConcept', 'string', 'boolean', 'integer', 'Range', 'dateTime'],
  onset: ['dateTime', 'Period', 'Range', 'string'],
}
const extensionValues = ['string', 'code', 'boolean', 'integer', 'decimal', 'Coding']
export const choicesOf = (type: string, name: string): readonly string[] =>
  type === 'Extension' ? extensionValues : (choices[name] ?? [])

export const fieldsIn = (type: string): readonly Field[] =>
  (vocabulary[type] ?? []).map((name) => {
    const field = fieldOf(type, name)
    if (!field) throw new Error(`no ${name} in ${type}`)
    return field
  })

const days = ['2019-12-31', '2020-01-01', '2020-01-15', '2020-02-29', '2021-06-30']
const words = ['a', 'b', 'ab', "o'c", 'é']
const plainReferences = ['Patient/p0', 'Patient/p1/_history/1', 'Group/p1', 'Organization/o2']
const oddReferences = [
  'http://elsewhere.example/fhir/Patient/p1',
  'urn:uuid:53fefa32',
  '#contained',
]
const oddDates = ['2020', '2020-01', '2021', '2020-01-01']

/** `odd` data also carry what the peer is known to mistake: partial dates, zones, references that are not relative. */
function primitive(type: string, name: string, d: Dice, odd: boolean): unknown {
  if (name === 'reference')
    return d.pick(odd ? [...plainReferences, ...oddReferences] : plainReferences)
  switch (kindOf(type)) {
    case 'boolean':
      return d.chance(0.5)
    case 'integer':
      return d.below(4) + 1
    case 'decimal':
      return d.pick([0, 1, 1.5, 2.25, -3.5, 120, 0.125])
    case 'date':
      return d.pick(odd ? [...days, ...oddDates] : days)
    case 'dateTime': {
      const instant = `${d.pick(days)}T10:00:00.000Z`
      if (type === 'instant' || !odd) return instant
      return d.pick([instant, ...days, ...oddDates, '2020-01-01T12:00:00+02:00'])
    }
    case 'time':
      return d.pick(['10:00:00', '12:30:00'])
    default:
      return type === 'string' ? d.pick(words) : d.pick(['a', 'b', 'c'])
  }
}

function element(type: string, d: Dice, odd: boolean, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  if (type === 'Extension') made['url'] = d.pick(urls)
  for (const field of fieldsIn(type)) {
    if (!d.chance(depth === 0 ? 0.7 : 0.6)) continue
    const kinds = field.choice ? choicesOf(type, field.name) : field.types
    const kind = d.pick(kinds)
    const one = (): unknown =>
      kindOf(kind) ? primitive(kind, field.name, d, odd) : element(kind, d, odd, depth + 1)
    const key = field.choice ? choiceKey(field.name, kind) : field.name
    if (!field.many) made[key] = one()
    else made[key] = Array.from({ length: d.pick([1, 1, 2, 2, 3]) }, one)
  }
  // FHIR forbids an empty object.
  return Object.keys(made).length > 0 ? made : { id: 'x' }
}

export const resource = (
  type: string,
  id: string,
  d: Dice,
  odd: boolean,
): Record<string, unknown> => ({ resourceType: type, id, ...element(type, d, odd, 0) })
