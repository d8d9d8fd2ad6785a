import { fieldsOf, kindOf } from '../../../src/views/model.ts'

/** The part of R4 that the random resources and views use: dense, so that paths meet values. */
const kept: Readonly<Record<string, string>> = {
  Patient:
    'active gender birthDate name telecom address contact generalPractitioner managingOrganization multipleBirth deceased extension link',
  HumanName: 'use family given period',
  ContactPoint: 'system value rank',
  Address: 'use city line',
  Period: 'start end',
  'Patient.contact': 'name telecom gender relationship',
  'Patient.link': 'other type',
  Reference: 'reference display',
  CodeableConcept: 'coding text',
  Coding: 'system code userSelected',
  Quantity: 'value unit code',
  Extension: 'value',
  Observation: 'status code subject value component performer effective category',
  'Observation.component': 'code value',
  QuestionnaireResponse: 'status subject item',
  'QuestionnaireResponse.item': 'linkId text answer item',
  'QuestionnaireResponse.item.answer': 'value item',
}
const choices: readonly string[] =
  'string integer boolean Quantity CodeableConcept dateTime decimal'.split(' ')

export const roots = ['Patient', 'Observation', 'QuestionnaireResponse'] as const
export type Part = Readonly<{
  name: string
  many: boolean
  choice: boolean
  types: readonly string[]
}>

/** The kept elements of a type, with many and types as R4 has them. */
export const partsOf = (type: string): readonly Part[] =>
  fieldsOf(type)
    .filter((f) => (kept[type] ?? '').split(' ').includes(f.name))
    .map((f) => (f.choice ? { ...f, types: f.types.filter((t) => choices.includes(t)) } : f))

export const isPrimitive = (type: string): boolean => kindOf(type) !== undefined
export const EXTENSION = 'http://x.example/e'
