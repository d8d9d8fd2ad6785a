import type { TableSpec } from '../../domain/dataset.ts'
import { atc, vaccineAtc, vaccines } from './codes.ts'
import { coded, date, flag, many, number, oneOf, person, systems } from './spec.ts'

/** Drugs and vaccines. A drug that a record only refers to has no code here. */
export const medicationRequest: TableSpec = {
  name: 'medication_request',
  meaning: 'Prescriptions and other orders of medication',
  rowsPerPerson: many(500),
  timeColumn: 'authored_date',
  columns: [
    person,
    coded('code', 'Medication ordered, ATC', systems.atc, atc),
    date('authored_date', 'Day of the order'),
    oneOf(
      'status',
      'State of the order (FHIR R4 medicationrequest-status)',
      [
        'active',
        'on-hold',
        'cancelled',
        'completed',
        'entered-in-error',
        'stopped',
        'draft',
        'unknown',
      ],
      'http://hl7.org/fhir/CodeSystem/medicationrequest-status',
    ),
    oneOf(
      'intent',
      'Proposal, plan or order (FHIR R4 medicationrequest-intent)',
      [
        'proposal',
        'plan',
        'order',
        'original-order',
        'reflex-order',
        'filler-order',
        'instance-order',
        'option',
      ],
      'http://hl7.org/fhir/CodeSystem/medicationrequest-intent',
    ),
    oneOf(
      'priority',
      'Urgency of the order (FHIR R4 RequestPriority)',
      ['routine', 'urgent', 'asap', 'stat'],
      'http://hl7.org/fhir/request-priority',
    ),
    number(
      'supply_duration',
      'How long one supply should last; missing unless recorded in days',
      { min: 0, max: 1000, step: 0.5 },
      'd',
    ),
  ],
}

export const medicationStatement: TableSpec = {
  name: 'medication_statement',
  meaning: 'Statements that a person takes, took or does not take a medication',
  rowsPerPerson: many(500),
  timeColumn: 'effective_date',
  columns: [
    person,
    coded('code', 'Medication taken, ATC', systems.atc, atc),
    date('effective_date', 'Day on which it was taken, or first taken'),
    date('effective_end_date', 'Day on which it was last taken, where a period is recorded'),
    date('asserted_date', 'Day of the statement'),
    oneOf(
      'status',
      'State of the use (FHIR R4 medication-statement-status)',
      [
        'active',
        'completed',
        'entered-in-error',
        'intended',
        'stopped',
        'on-hold',
        'unknown',
        'not-taken',
      ],
      'http://hl7.org/fhir/CodeSystem/medication-statement-status',
    ),
  ],
}

export const immunization: TableSpec = {
  name: 'immunization',
  meaning: 'Vaccinations of persons, given or not given',
  rowsPerPerson: many(200),
  timeColumn: 'occurrence_date',
  columns: [
    person,
    coded('code', 'Vaccine, CVX', systems.cvx, vaccines),
    coded('atc_code', 'Vaccine, ATC', systems.atc, vaccineAtc),
    date('occurrence_date', 'Day of the vaccination'),
    oneOf(
      'status',
      'Given, not given, or recorded in error (FHIR R4 ImmunizationStatusCodes)',
      ['completed', 'entered-in-error', 'not-done'],
      'http://hl7.org/fhir/event-status',
    ),
    number('dose_number', 'Which dose of its series this was', { min: 1, max: 20, step: 1 }),
    flag('primary_source', 'Whether who gave the vaccine also made the record'),
  ],
}
