import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadView } from '../../src/cli/load-view.ts'
import type { Cell } from '../../src/domain/glass.ts'
import { load } from '../../src/ingest/load.ts'
import { standardDictionary, standardViews } from '../../src/views/dictionary.ts'
import { loadCapabilities, scratchFolder } from '../support/ingest.ts'

/** The standard views in the real loader: the fixtures of both hospitals, and one person with every kind of record. */
const scratch = scratchFolder()
const capabilities = loadCapabilities()
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})
const views = standardViews.map(loadView)
const loaded = (dataset: string, directory: string) =>
  load(capabilities, {
    dataset,
    directory,
    views,
    dictionary: standardDictionary,
    out: join(scratch.path, 'out'),
  })
const rows = async (
  path: string,
  table: string,
  columns: string,
): Promise<readonly (readonly Cell[])[]> =>
  (
    await capabilities.engine.script({
      statements: [`SELECT ${columns} FROM read_parquet('${path}/${table}.parquet') ORDER BY ALL`],
      read: [path],
      write: [],
    })
  )[0]?.rows ?? []

describe.each(['north', 'east'])('the export of %s', (hospital) => {
  test('loads; nothing but the planted rare code lies outside the domains', async () => {
    const { snapshot, report } = await loaded(
      hospital,
      resolve(import.meta.dirname, '../../fhir-fixtures', hospital),
    )
    expect(report.read).toBe(report.accepted + report.quarantined + report.blank)
    expect(Object.keys(snapshot.tables)).toHaveLength(standardDictionary.length + 1)
    const outside = report.tables.flatMap((t) =>
      Object.entries(t.outside)
        .filter(([, n]) => n > 0)
        .map(([column, n]) => `${t.table}.${column} ${n}`),
    )
    expect(outside).toEqual(['condition.code 1'])
    for (const t of ['patient', 'encounter', 'condition', 'observation', 'medication_request'])
      expect(snapshot.tables[t]?.rows, t).toBeGreaterThan(500)
    const systolic = await rows(
      snapshot.path,
      'observation',
      "count(*) FILTER (WHERE code = '8480-6' AND is_component AND unit = 'mm[Hg]' AND value > 50 AND effective_date IS NOT NULL), count(*) FILTER (WHERE code = '85354-9' AND value IS NULL)",
    )
    expect(systolic[0]?.[0]).toBe(systolic[0]?.[1])
    const dead = await rows(
      snapshot.path,
      'patient',
      'count(*) FILTER (WHERE deceased), count(deceased_date), count(*) FILTER (WHERE deceased IS NULL)',
    )
    expect(dead[0]?.[0]).toBe(dead[0]?.[1])
    expect(dead[0]?.[2]).toBe(0n)
  })
})

const sct = 'http://snomed.info/sct'
const hl7 = 'http://terminology.hl7.org/CodeSystem/'
const concept = (system: string, code: string) => ({ coding: [{ system, code }] })
const about = { subject: { reference: 'Patient/p' } }
const of = { patient: { reference: 'Patient/p' } }
const record = (resourceType: string, id: string, more: object) => ({ resourceType, id, ...more })

test('one person with a record of every kind', async () => {
  const directory = join(scratch.path, 'every')
  mkdirSync(directory)
  const write = (type: string, ...resources: object[]) =>
    writeFileSync(
      join(directory, `${type}.ndjson`),
      resources.map((r) => `${JSON.stringify(r)}\n`).join(''),
    )
  write(
    'Patient',
    record('Patient', 'p', { gender: 'female', birthDate: '1957', deceasedBoolean: true }),
  )
  write(
    'Observation',
    record('Observation', '1', {
      ...about,
      status: 'final',
      code: concept('http://loinc.org', '72166-2'),
      effectivePeriod: { start: '2021-05-02T23:30:00-02:00', end: '2021-06' },
      valueCodeableConcept: concept(sct, '266919005'),
    }),
    record('Observation', '2', {
      ...about,
      status: 'final',
      code: concept('http://loinc.org', '1988-5'),
      effectiveInstant: '2021-07-01T00:00:00Z',
      valueQuantity: { value: 5, comparator: '<', system: '$ucum', code: 'mg/L' },
    }),
    record('Observation', '3', {
      ...about,
      status: 'final',
      code: concept('http://loinc.org', '8302-2'),
    }),
  )
  write(
    'Condition',
    record('Condition', '1', {
      ...about,
      code: concept(sct, '44054006'),
      onsetPeriod: { start: '2019-03' },
      category: [concept(`${hl7}condition-category`, 'problem-list-item')],
    }),
  )
  write(
    'MedicationRequest',
    record('MedicationRequest', '1', {
      ...about,
      status: 'active',
      intent: 'order',
      priority: 'routine',
      medicationCodeableConcept: concept('http://www.whocc.no/atc', 'A10BA02'),
      authoredOn: '2020',
      dispenseRequest: {
        expectedSupplyDuration: { value: 30, system: 'http://unitsofmeasure.org', code: 'd' },
      },
    }),
  )
  write(
    'MedicationStatement',
    record('MedicationStatement', '1', {
      ...about,
      status: 'stopped',
      medicationCodeableConcept: concept('http://www.whocc.no/atc', 'C10AA05'),
      effectivePeriod: { start: '2018-01-02', end: '2018-03-04' },
      dateAsserted: '2018-05-06',
    }),
  )
  write(
    'Procedure',
    record('Procedure', '1', {
      ...about,
      status: 'completed',
      code: concept(sct, '80146002'),
      performedPeriod: { start: '2017-02-03', end: '2017-02-04' },
    }),
  )
  write(
    'Immunization',
    record('Immunization', '1', {
      ...of,
      status: 'completed',
      vaccineCode: {
        coding: [
          ...concept('http://hl7.org/fhir/sid/cvx', '208').coding,
          ...concept('http://www.whocc.no/atc', 'J07BN01').coding,
        ],
      },
      occurrenceDateTime: '2021-04-05',
      primarySource: true,
      protocolApplied: [{ doseNumberPositiveInt: 2 }],
    }),
  )
  write(
    'DiagnosticReport',
    record('DiagnosticReport', '1', {
      ...about,
      status: 'final',
      code: concept('http://loinc.org', '58410-2'),
      category: [concept(`${hl7}v2-0074`, 'LAB')],
      effectiveDateTime: '2021-01-02',
      issued: '2021-01-03T04:05:06Z',
      conclusion: 'free text',
      conclusionCode: [concept(sct, '17621005')],
    }),
  )
  write(
    'AllergyIntolerance',
    record('AllergyIntolerance', '1', {
      ...of,
      code: concept(sct, '764146007'),
      type: 'allergy',
      category: ['medication', 'food'],
      criticality: 'high',
      onsetDateTime: '2001',
      clinicalStatus: concept(`${hl7}allergyintolerance-clinical`, 'active'),
      verificationStatus: concept(`${hl7}allergyintolerance-verification`, 'confirmed'),
    }),
  )
  write(
    'Claim',
    record('Claim', '1', {
      ...of,
      status: 'active',
      use: 'claim',
      type: concept(`${hl7}claim-type`, 'professional'),
      created: '2022-01-01',
      billablePeriod: { start: '2021-12-01', end: '2021-12-31' },
      total: { value: 12.5, currency: 'EUR' },
    }),
  )
  const { snapshot } = await loaded('every', directory)
  const days = (...names: string[]) => names.map((n) => `CAST(${n} AS VARCHAR)`).join(', ')
  const of1 = async (table: string, columns: string) =>
    (await rows(snapshot.path, table, columns))[0]
  expect(await of1('patient', `sex, deceased, deceased_date, ${days('birth_date')}`)).toEqual([
    'female',
    true,
    null,
    '1957-01-01',
  ])
  expect(
    await rows(
      snapshot.path,
      'observation',
      `${days('effective_date')}, code, value, comparator, unit, value_code`,
    ),
  ).toEqual([
    ['2021-05-02', '72166-2', null, null, null, '266919005'],
    ['2021-07-01', '1988-5', 5, '<', null, null],
    [null, '8302-2', null, null, null, null],
  ])
  expect(await of1('condition', `code, snomed_code, category, ${days('onset_date')}`)).toEqual([
    null,
    '44054006',
    'problem-list-item',
    '2019-03-01',
  ])
  expect(
    await of1(
      'medication_request',
      `code, intent, priority, supply_duration, ${days('authored_date')}`,
    ),
  ).toEqual(['A10BA02', 'order', 'routine', 30, '2020-01-01'])
  expect(
    await of1(
      'medication_statement',
      `code, status, ${days('effective_date', 'effective_end_date', 'asserted_date')}`,
    ),
  ).toEqual(['C10AA05', 'stopped', '2018-01-02', '2018-03-04', '2018-05-06'])
  expect(await of1('procedure', `code, ${days('performed_date', 'performed_end_date')}`)).toEqual([
    '80146002',
    '2017-02-03',
    '2017-02-04',
  ])
  expect(
    await of1(
      'immunization',
      `code, atc_code, dose_number, primary_source, ${days('occurrence_date')}`,
    ),
  ).toEqual(['208', 'J07BN01', 2n, true, '2021-04-05'])
  expect(
    await of1(
      'diagnostic_report',
      `code, category, conclusion_code, ${days('effective_date', 'issued_date')}`,
    ),
  ).toEqual(['58410-2', 'LAB', '17621005', '2021-01-02', '2021-01-03'])
  expect(
    await of1(
      'allergy_intolerance',
      `code, type, category, criticality, clinical_status, verification_status, ${days('onset_date', 'recorded_date')}`,
    ),
  ).toEqual([
    '764146007',
    'allergy',
    'medication',
    'high',
    'active',
    'confirmed',
    '2001-01-01',
    null,
  ])
  expect(
    await of1(
      'claim',
      `type, "use", status, total_value, total_currency, ${days('billable_start_date')}`,
    ),
  ).toEqual(['professional', 'claim', 'active', 12.5, 'EUR', '2021-12-01'])
})
