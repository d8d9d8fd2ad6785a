import { readFileSync } from 'node:fs'
import type { ColumnSpec, Dictionary, TableSpec } from '../domain/dataset.ts'

const person: ColumnSpec = {
  name: 'person_id',
  type: 'integer',
  domain: { kind: 'person' },
  meaning: 'Hidden person key',
}
const dates = { kind: 'dates', min: '1900-01-01', max: '2100-12-31' } as const
const date = (name: string, meaning: string): ColumnSpec => ({
  name,
  type: 'date',
  domain: dates,
  meaning,
})
const oneOf = (name: string, meaning: string, values: readonly string[]): ColumnSpec => ({
  name,
  type: 'text',
  domain: { kind: 'enum', values },
  meaning,
})
const code = (
  name: string,
  system: string,
  meaning: string,
  values: readonly string[],
): ColumnSpec => ({
  name,
  type: 'text',
  domain: { kind: 'codes', system, values },
  meaning,
  codeSystem: system,
})
const many = (cap: number) => ({ kind: 'many', cap }) as const

const ICD = [
  'I10',
  'E11.9',
  'E78.0',
  'E78.5',
  'J45.9',
  'J44.9',
  'I25.1',
  'I48',
  'N18.3',
  'F32.9',
  'M54.5',
  'C50.9',
  'E75.2',
  'Z00.0',
]
const ATC = [
  'C10AA01',
  'C10AA05',
  'C09AA05',
  'C09CA01',
  'C08CA01',
  'C07AB02',
  'C03AA03',
  'A10BA02',
  'A10BK03',
  'A10BJ06',
  'A10AE04',
  'A10BB12',
  'A10BH01',
  'B01AC06',
  'N06AB04',
  'R03AC02',
]
const LOINC = [
  '4548-4',
  '8480-6',
  '8462-4',
  '85354-9',
  '2160-0',
  '62238-1',
  '39156-5',
  '29463-7',
  '13457-7',
]

const tables: readonly TableSpec[] = [
  {
    name: 'patient',
    meaning: 'One row per person',
    rowsPerPerson: { kind: 'one' },
    columns: [
      person,
      oneOf('sex', 'Administrative gender', ['female', 'male', 'other', 'unknown']),
      date('birth_date', 'Date of birth'),
      { name: 'deceased', type: 'boolean', domain: { kind: 'boolean' }, meaning: 'Whether dead' },
      date('deceased_date', 'Date of death'),
      oneOf('region', 'Region', ['north-coast', 'north-inland', 'east-hills', 'east-plain']),
    ],
  },
  {
    name: 'encounter',
    meaning: 'Contacts',
    rowsPerPerson: many(200),
    timeColumn: 'start_date',
    columns: [
      person,
      oneOf('encounter_class', 'Class', ['AMB', 'EMER', 'IMP']),
      date('start_date', 'Start'),
      date('end_date', 'End'),
      oneOf('status', 'Status', ['finished', 'in-progress', 'planned', 'cancelled']),
    ],
  },
  {
    name: 'condition',
    meaning: 'Diagnoses',
    rowsPerPerson: many(200),
    timeColumn: 'recorded_date',
    columns: [
      person,
      code('code', 'http://hl7.org/fhir/sid/icd-10', 'ICD-10', ICD),
      date('onset_date', 'Onset'),
      date('recorded_date', 'Recorded'),
      oneOf('clinical_status', 'Clinical status', [
        'active',
        'recurrence',
        'relapse',
        'inactive',
        'remission',
        'resolved',
      ]),
      oneOf('verification_status', 'Verification', [
        'unconfirmed',
        'provisional',
        'differential',
        'confirmed',
        'refuted',
        'entered-in-error',
      ]),
    ],
  },
  {
    name: 'observation',
    meaning: 'Measurements',
    rowsPerPerson: many(1000),
    timeColumn: 'effective_date',
    columns: [
      person,
      code('code', 'http://loinc.org', 'LOINC', LOINC),
      {
        name: 'value',
        type: 'decimal',
        domain: { kind: 'range', min: -1000000, max: 1000000, step: 0.001 },
        meaning: 'Value',
      },
      { name: 'unit', type: 'text', domain: { kind: 'open' }, meaning: 'UCUM unit' },
      date('effective_date', 'When'),
      oneOf('status', 'Status', [
        'registered',
        'preliminary',
        'final',
        'amended',
        'corrected',
        'cancelled',
        'entered-in-error',
        'unknown',
      ]),
    ],
  },
  {
    name: 'medication_request',
    meaning: 'Prescriptions',
    rowsPerPerson: many(500),
    timeColumn: 'authored_date',
    columns: [
      person,
      code('code', 'http://www.whocc.no/atc', 'ATC', ATC),
      date('authored_date', 'When'),
      oneOf('status', 'Status', [
        'active',
        'on-hold',
        'cancelled',
        'completed',
        'entered-in-error',
        'stopped',
        'draft',
        'unknown',
      ]),
      oneOf('intent', 'Intent', ['proposal', 'plan', 'order']),
    ],
  },
  {
    name: 'procedure',
    meaning: 'Procedures',
    rowsPerPerson: many(200),
    timeColumn: 'performed_date',
    columns: [
      person,
      {
        name: 'code',
        type: 'text',
        domain: { kind: 'open' },
        meaning: 'SNOMED CT',
        codeSystem: 'http://snomed.info/sct',
      },
      date('performed_date', 'When'),
      oneOf('status', 'Status', ['preparation', 'in-progress', 'completed', 'not-done', 'stopped']),
    ],
  },
]
export const standardDictionary: Dictionary = tables
export type StandardView = Readonly<{ table: string; view: unknown }>
export const standardViews: readonly StandardView[] = tables.map(({ name }) => ({
  table: name,
  view: JSON.parse(readFileSync(new URL(`standard/${name}.json`, import.meta.url), 'utf8')),
}))
