import type { ColumnSpec, TableSpec } from '../../domain/dataset.ts'

/** The code systems of the standard views, by the URI that FHIR R4 gives them. */
export const systems = {
  icd10: 'http://hl7.org/fhir/sid/icd-10',
  atc: 'http://www.whocc.no/atc',
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  cvx: 'http://hl7.org/fhir/sid/cvx',
  ucum: 'http://unitsofmeasure.org',
  currency: 'urn:iso:std:iso:4217',
} as const
export const hl7 = (name: string): string => `http://terminology.hl7.org/CodeSystem/${name}`

export const person: ColumnSpec = {
  name: 'person_id',
  type: 'integer',
  domain: { kind: 'person' },
  meaning:
    'The person whom the row is about: one human behind linked Patient records, never shown in an answer',
}

/** A day. The loader reads a year or a month alone as its first day, and of a moment the day as it is written. */
export const date = (name: string, meaning: string): ColumnSpec => ({
  name,
  type: 'date',
  domain: { kind: 'dates', min: '1900-01-01', max: '2100-12-31' },
  meaning,
})

/** A closed label: what lies outside its values becomes NULL at load and is counted. */
export const oneOf = (
  name: string,
  meaning: string,
  values: readonly string[],
  codeSystem?: string,
): ColumnSpec => ({
  name,
  type: 'text',
  domain: { kind: 'enum', values },
  meaning,
  ...(codeSystem === undefined ? {} : { codeSystem }),
})

/** A code of a large terminology, closed to a list fixed in advance; a holder may replace the list by a longer one. */
export const coded = (
  name: string,
  meaning: string,
  system: string,
  values: readonly string[],
): ColumnSpec => ({
  name,
  type: 'text',
  domain: { kind: 'codes', system, values },
  meaning,
  codeSystem: system,
})

export const flag = (name: string, meaning: string): ColumnSpec => ({
  name,
  type: 'boolean',
  domain: { kind: 'boolean' },
  meaning,
})

export const number = (
  name: string,
  meaning: string,
  range: Readonly<{ min: number; max: number; step: number }>,
  unit?: string,
): ColumnSpec => ({
  name,
  type: range.step === 1 ? 'integer' : 'decimal',
  domain: { kind: 'range', ...range },
  meaning,
  ...(unit === undefined ? {} : { unit }),
})

export const many = (cap: number): TableSpec['rowsPerPerson'] => ({ kind: 'many', cap })

/** FHIR R4 value sets that several tables share. */
export const eventStatus: readonly string[] = [
  'preparation',
  'in-progress',
  'not-done',
  'on-hold',
  'stopped',
  'completed',
  'entered-in-error',
  'unknown',
]
