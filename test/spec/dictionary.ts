import type { ColumnSpec, Dictionary, Domain } from '../../src/domain/dataset.ts'

/** The standard tables as the spec tests know them; the product's own is src/views/dictionary.ts. */

const person: ColumnSpec = {
  name: 'person_id',
  type: 'integer',
  domain: { kind: 'person' },
  meaning: '',
}
const column = (name: string, type: ColumnSpec['type'], domain: Domain): ColumnSpec => ({
  name,
  type,
  domain,
  meaning: '',
})
const open: Domain = { kind: 'open' }
const date = (name: string): ColumnSpec =>
  column(name, 'date', { kind: 'dates', min: '1900-01-01', max: '2100-12-31' })
const oneOf = (name: string, ...values: string[]): ColumnSpec =>
  column(name, 'text', { kind: 'enum', values })
const code = (system: string, ...values: string[]): ColumnSpec =>
  column('code', 'text', { kind: 'codes', system, ...(values.length > 0 && { values }) })

export const specDictionary: Dictionary = [
  {
    name: 'patient',
    meaning: '',
    rowsPerPerson: { kind: 'one' },
    columns: [
      person,
      oneOf('sex', 'female', 'male', 'other', 'unknown'),
      date('birth_date'),
      column('birth_year', 'integer', { kind: 'range', min: 1900, max: 2030, step: 1 }),
      column('deceased', 'boolean', { kind: 'boolean' }),
      date('deceased_date'),
      oneOf('region', 'north-coast', 'north-inland', 'east-hills', 'east-plain'),
    ],
  },
  {
    name: 'condition',
    meaning: '',
    rowsPerPerson: { kind: 'many', cap: 200 },
    timeColumn: 'recorded_date',
    columns: [
      person,
      code('icd-10', 'I10', 'E11.9', 'E78.5', 'J45.9', 'F32.9', 'N18.3'),
      column('system', 'text', open),
      date('onset_date'),
      date('recorded_date'),
      oneOf('clinical_status', 'active', 'resolved', 'inactive'),
      oneOf('verification_status', 'confirmed', 'provisional', 'refuted'),
    ],
  },
  {
    name: 'observation',
    meaning: '',
    rowsPerPerson: { kind: 'many', cap: 500 },
    timeColumn: 'effective_date',
    columns: [
      person,
      code('loinc', '4548-4', '8480-6', '2160-0'),
      column('system', 'text', open),
      column('value', 'decimal', open),
      column('unit', 'text', open),
      date('effective_date'),
      column('value_code', 'text', open),
      oneOf('status', 'final', 'amended', 'corrected'),
    ],
  },
  {
    name: 'medication_request',
    meaning: '',
    rowsPerPerson: { kind: 'many', cap: 200 },
    timeColumn: 'authored_date',
    columns: [
      person,
      code('atc', 'C10AA01', 'C10AA05', 'A10BA02', 'A10AE04', 'C09AA05'),
      column('system', 'text', open),
      date('authored_date'),
      oneOf('status', 'active', 'completed', 'stopped'),
      column('intent', 'text', open),
    ],
  },
  {
    name: 'encounter',
    meaning: '',
    rowsPerPerson: { kind: 'many', cap: 200 },
    timeColumn: 'start_date',
    columns: [
      person,
      oneOf('encounter_class', 'AMB', 'EMER', 'IMP'),
      date('start_date'),
      date('end_date'),
      column('type_code', 'text', open),
    ],
  },
  {
    name: 'procedure',
    meaning: '',
    rowsPerPerson: { kind: 'many', cap: 50 },
    timeColumn: 'performed_date',
    columns: [
      person,
      code('snomed'),
      column('system', 'text', open),
      date('performed_date'),
      oneOf('status', 'completed', 'not-done'),
    ],
  },
]
