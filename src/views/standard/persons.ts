import type { TableSpec } from '../../domain/dataset.ts'
import { encounterTypes } from './codes.ts'
import { coded, date, flag, hl7, many, number, oneOf, person, systems } from './spec.ts'

/** Who, when in care, and what was billed. */
export const patient: TableSpec = {
  name: 'patient',
  meaning:
    'One row per person, from the best of the linked Patient records: in use, active, newest',
  rowsPerPerson: { kind: 'one' },
  columns: [
    person,
    oneOf(
      'sex',
      'Administrative gender (FHIR R4 AdministrativeGender)',
      ['female', 'male', 'other', 'unknown'],
      'http://hl7.org/fhir/administrative-gender',
    ),
    date('birth_date', 'Date of birth; a year or a month alone stands as its first day'),
    flag('deceased', 'Whether the record says that the person died; false where it says nothing'),
    date('deceased_date', 'Date of death where it is recorded'),
    oneOf('region', 'Region of residence, as the holder names its regions in the address state', [
      'north-coast',
      'north-inland',
      'east-hills',
      'east-plain',
    ]),
  ],
}

export const encounter: TableSpec = {
  name: 'encounter',
  meaning: 'Contacts of persons with care: visits, emergencies and stays',
  rowsPerPerson: many(200),
  timeColumn: 'start_date',
  columns: [
    person,
    oneOf(
      'encounter_class',
      'Setting of the contact (v3 ActEncounterCode: AMB ambulatory, EMER emergency, IMP inpatient, ...)',
      ['AMB', 'EMER', 'FLD', 'HH', 'IMP', 'ACUTE', 'NONAC', 'OBSENC', 'PRENC', 'SS', 'VR'],
      hl7('v3-ActCode'),
    ),
    coded('type_code', 'Kind of contact, SNOMED CT', systems.snomed, encounterTypes),
    date('start_date', 'Day on which the contact began'),
    date('end_date', 'Day on which the contact ended; missing while it lasts'),
    oneOf(
      'status',
      'State of the contact (FHIR R4 EncounterStatus)',
      [
        'planned',
        'arrived',
        'triaged',
        'in-progress',
        'onleave',
        'finished',
        'cancelled',
        'entered-in-error',
        'unknown',
      ],
      'http://hl7.org/fhir/encounter-status',
    ),
    oneOf(
      'discharge_disposition',
      'Where the person went after a stay (FHIR R4 discharge-disposition)',
      [
        'home',
        'alt-home',
        'other-hcf',
        'hosp',
        'long',
        'aadvice',
        'exp',
        'psy',
        'rehab',
        'snf',
        'oth',
      ],
      hl7('discharge-disposition'),
    ),
  ],
}

export const claim: TableSpec = {
  name: 'claim',
  meaning: 'Claims for payment of care, one row per claim, without its items',
  rowsPerPerson: many(500),
  timeColumn: 'created_date',
  columns: [
    person,
    oneOf(
      'type',
      'Kind of claim (FHIR R4 claim-type)',
      ['institutional', 'oral', 'pharmacy', 'professional', 'vision'],
      hl7('claim-type'),
    ),
    oneOf(
      'use',
      'Claim, or request for an assurance before care (FHIR R4 Use)',
      ['claim', 'preauthorization', 'predetermination'],
      'http://hl7.org/fhir/claim-use',
    ),
    oneOf(
      'status',
      'State of the claim (FHIR R4 fm-status)',
      ['active', 'cancelled', 'draft', 'entered-in-error'],
      'http://hl7.org/fhir/fm-status',
    ),
    date('created_date', 'Day on which the claim was made'),
    date('billable_start_date', 'First day of the care that is claimed'),
    date('billable_end_date', 'Last day of the care that is claimed'),
    number(
      'total_value',
      'Total of the claim, in the currency of total_currency',
      { min: 0, max: 1_000_000, step: 0.01 },
      'units of total_currency',
    ),
    oneOf(
      'total_currency',
      'Currency of the total (ISO 4217)',
      ['EUR', 'BGN', 'CHF', 'CZK', 'DKK', 'GBP', 'HUF', 'ISK', 'NOK', 'PLN', 'RON', 'SEK', 'USD'],
      systems.currency,
    ),
  ],
}
