import type { ColumnSpec, TableSpec } from '../../domain/dataset.ts'
import { allergens, conditions, icd10, procedures } from './codes.ts'
import { coded, date, eventStatus, hl7, many, oneOf, person, systems } from './spec.ts'

/** What is wrong with a person and what was done about it. */
const verification = (system: string, more: readonly string[]): ColumnSpec =>
  oneOf(
    'verification_status',
    `How certain the statement is (FHIR R4 ${system})`,
    ['unconfirmed', ...more, 'confirmed', 'refuted', 'entered-in-error'],
    hl7(system),
  )

export const condition: TableSpec = {
  name: 'condition',
  meaning: 'Diagnoses and problems of persons',
  rowsPerPerson: many(200),
  timeColumn: 'recorded_date',
  columns: [
    person,
    coded('code', 'Diagnosis, ICD-10 (WHO)', systems.icd10, icd10),
    coded('snomed_code', 'Diagnosis, SNOMED CT, where coded so', systems.snomed, conditions),
    oneOf(
      'category',
      'On the problem list or the diagnosis of one contact (FHIR R4 condition-category)',
      ['problem-list-item', 'encounter-diagnosis'],
      hl7('condition-category'),
    ),
    date('onset_date', 'Day on which it began, or on which the recorded period began'),
    date('recorded_date', 'Day on which it was first recorded'),
    oneOf(
      'clinical_status',
      'Whether it still lasts (FHIR R4 condition-clinical)',
      ['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'],
      hl7('condition-clinical'),
    ),
    verification('condition-ver-status', ['provisional', 'differential']),
  ],
}

export const procedure: TableSpec = {
  name: 'procedure',
  meaning: 'Operations, examinations and other procedures done to persons',
  rowsPerPerson: many(200),
  timeColumn: 'performed_date',
  columns: [
    person,
    coded('code', 'Procedure, SNOMED CT', systems.snomed, procedures),
    date('performed_date', 'Day on which it was done or began'),
    date('performed_end_date', 'Day on which it ended, where a period is recorded'),
    oneOf(
      'status',
      'State of the procedure (FHIR R4 EventStatus)',
      eventStatus,
      'http://hl7.org/fhir/event-status',
    ),
  ],
}

export const allergyIntolerance: TableSpec = {
  name: 'allergy_intolerance',
  meaning: 'Allergies and intolerances of persons',
  rowsPerPerson: many(100),
  timeColumn: 'recorded_date',
  columns: [
    person,
    coded('code', 'Substance or statement, SNOMED CT', systems.snomed, allergens),
    oneOf(
      'type',
      'Allergy or intolerance (FHIR R4 AllergyIntoleranceType)',
      ['allergy', 'intolerance'],
      'http://hl7.org/fhir/allergy-intolerance-type',
    ),
    oneOf(
      'category',
      'Kind of substance, the first where several are given (FHIR R4 AllergyIntoleranceCategory)',
      ['food', 'medication', 'environment', 'biologic'],
      'http://hl7.org/fhir/allergy-intolerance-category',
    ),
    oneOf(
      'criticality',
      'Possible harm of a future exposure (FHIR R4 AllergyIntoleranceCriticality)',
      ['low', 'high', 'unable-to-assess'],
      'http://hl7.org/fhir/allergy-intolerance-criticality',
    ),
    date('onset_date', 'Day on which it was first known, or on which the recorded period began'),
    date('recorded_date', 'Day on which it was first recorded'),
    oneOf(
      'clinical_status',
      'Whether it still lasts (FHIR R4 allergyintolerance-clinical)',
      ['active', 'inactive', 'resolved'],
      hl7('allergyintolerance-clinical'),
    ),
    verification('allergyintolerance-verification', []),
  ],
}
