import type { Dictionary, TableSpec } from '../domain/dataset.ts'
import allergyIntoleranceView from './standard/allergy_intolerance.json' with { type: 'json' }
import claimView from './standard/claim.json' with { type: 'json' }
import { allergyIntolerance, condition, procedure } from './standard/clinical.ts'
import conditionView from './standard/condition.json' with { type: 'json' }
import diagnosticReportView from './standard/diagnostic_report.json' with { type: 'json' }
import encounterView from './standard/encounter.json' with { type: 'json' }
import immunizationView from './standard/immunization.json' with { type: 'json' }
import { diagnosticReport, observation } from './standard/measured.ts'
import { immunization, medicationRequest, medicationStatement } from './standard/medication.ts'
import medicationRequestView from './standard/medication_request.json' with { type: 'json' }
import medicationStatementView from './standard/medication_statement.json' with { type: 'json' }
import observationView from './standard/observation.json' with { type: 'json' }
import patientView from './standard/patient.json' with { type: 'json' }
import { claim, encounter, patient } from './standard/persons.ts'
import procedureView from './standard/procedure.json' with { type: 'json' }

/** A ViewDefinition and the table of the dictionary that it fills. */
export type StandardView = Readonly<{ table: string; view: unknown }>

const standard: readonly (readonly [TableSpec, unknown])[] = [
  [patient, patientView],
  [encounter, encounterView],
  [condition, conditionView],
  [observation, observationView],
  [medicationRequest, medicationRequestView],
  [medicationStatement, medicationStatementView],
  [procedure, procedureView],
  [immunization, immunizationView],
  [diagnosticReport, diagnosticReportView],
  [allergyIntolerance, allergyIntoleranceView],
  [claim, claimView],
]

/**
 * The tables that researchers find at every holder: meaning, domain, unit and code system of each column. Codes and
 * closed lists only: no narrative, note, attachment, genomic or imaging content is a column.
 */
export const standardDictionary: Dictionary = standard.map(([table]) => table)

/** The ViewDefinitions, all shareable, that make those tables out of FHIR R4; a holder may replace any of them. */
export const standardViews: readonly StandardView[] = standard.map(([{ name }, view]) => ({
  table: name,
  view,
}))
