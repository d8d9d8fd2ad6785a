import type { TableSpec } from '../../domain/dataset.ts'
import { loinc, reports, results, units } from './codes.ts'
import { coded, date, flag, hl7, many, number, oneOf, person, systems } from './spec.ts'

/** What was measured or found. */
export const observation: TableSpec = {
  name: 'observation',
  meaning:
    'Measurements and findings: one row per Observation and one more per component, so a blood pressure has three',
  rowsPerPerson: many(1000),
  timeColumn: 'effective_date',
  columns: [
    person,
    coded('code', 'What was measured, LOINC; of a component its own code', systems.loinc, loinc),
    number(
      'value',
      'Measured value in the unit of its row; compare only within one unit',
      { min: -1_000_000, max: 1_000_000, step: 0.001 },
      'the UCUM unit in column unit',
    ),
    oneOf(
      'comparator',
      'Where the true value lies beyond the value (FHIR R4 QuantityComparator); missing for an exact value',
      ['<', '<=', '>=', '>'],
      'http://hl7.org/fhir/quantity-comparator',
    ),
    coded('unit', 'Unit of the value, UCUM; missing in another system', systems.ucum, units),
    coded('value_code', 'Result that is a code, SNOMED CT', systems.snomed, results),
    flag(
      'is_component',
      'Whether the row is one part of an Observation, such as systolic pressure',
    ),
    date('effective_date', 'Day of the measurement, or on which its period began'),
    oneOf(
      'category',
      'Kind of observation (FHIR R4 observation-category)',
      [
        'social-history',
        'vital-signs',
        'imaging',
        'laboratory',
        'procedure',
        'survey',
        'exam',
        'therapy',
        'activity',
      ],
      hl7('observation-category'),
    ),
    oneOf(
      'status',
      'State of the result (FHIR R4 ObservationStatus)',
      [
        'registered',
        'preliminary',
        'final',
        'amended',
        'corrected',
        'cancelled',
        'entered-in-error',
        'unknown',
      ],
      'http://hl7.org/fhir/observation-status',
    ),
  ],
}

export const diagnosticReport: TableSpec = {
  name: 'diagnostic_report',
  meaning: 'Reports of diagnostic services, without their text and images',
  rowsPerPerson: many(300),
  timeColumn: 'effective_date',
  columns: [
    person,
    coded('code', 'What the report is about, LOINC', systems.loinc, reports),
    oneOf(
      'category',
      'Service that made the report (HL7 v2 table 0074); genetics is left out',
      'AU BLB CG CH CP CT CTH CUS EC EN HM ICU IMG IMM LAB MB MCB MYC NMR NMS NRS OSL OT OTH OUS PAR PAT PF PHR PHY PT RAD RC RT RUS RX SP SR TX URN VR VUS XRC BG'.split(
        ' ',
      ),
      hl7('v2-0074'),
    ),
    date('effective_date', 'Day of the examination, or on which its period began'),
    date('issued_date', 'Day on which the report was issued'),
    oneOf(
      'status',
      'State of the report (FHIR R4 DiagnosticReportStatus)',
      [
        'registered',
        'partial',
        'preliminary',
        'final',
        'amended',
        'corrected',
        'appended',
        'cancelled',
        'entered-in-error',
        'unknown',
      ],
      'http://hl7.org/fhir/diagnostic-report-status',
    ),
    coded('conclusion_code', 'First coded conclusion, SNOMED CT', systems.snomed, results),
  ],
}
