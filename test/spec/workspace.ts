import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../src/domain/capabilities.ts'

/** Made-up persons in the shape of a permit workspace: ordinals from 0, every table sorted by them, some NULL. */
const PERSONS = 400

const pick = (values: readonly string[], salt: string): string =>
  `list_extract([${values.map((v) => `'${v}'`).join(', ')}], 1 + (hash(i, j, '${salt}') % ${values.length})::INTEGER)`
const chance = (share: number, salt: string): string =>
  `(hash(i, j, '${salt}') % 1000) < ${share * 1000}`
const dayAfter = (start: string, days: number, salt: string): string =>
  `(DATE '${start}' + (hash(i, j, '${salt}') % ${days})::INTEGER)`
const nullable = (expression: string, salt: string): string =>
  `CASE WHEN ${chance(0.06, `null${salt}`)} THEN NULL ELSE ${expression} END`
/** About `mean` rows per person, some persons with none and one with many. */
const eventsOf =
  (persons: number) =>
  (mean: number, salt: string): string =>
    `range(${persons}) p(i), range(${mean * 8}) e(j) WHERE j < (CASE WHEN i = 7 THEN ${mean * 8} ELSE hash(i, '${salt}') % ${mean * 2 + 1} END)`

export const tableStatements = (persons = PERSONS): string[] => tablesOf(persons, eventsOf(persons))

const tablesOf = (persons: number, events: (mean: number, salt: string) => string): string[] => [
  `CREATE TABLE ws.main.patient AS SELECT i::INTEGER AS person_id,
     ${nullable(pick(['female', 'male', 'male', 'female', 'other', 'unknown'], 'sex'), 'sex')} AS sex,
     ${nullable(dayAfter('1930-01-01', 27_000, 'birth'), 'birth')} AS birth_date,
     (1930 + hash(i, j, 'year') % 75)::BIGINT AS birth_year, ${chance(0.1, 'dead')} AS deceased,
     CASE WHEN ${chance(0.1, 'dead')} THEN ${dayAfter('2015-01-01', 3000, 'death')} END AS deceased_date,
     ${nullable(pick(['north-coast', 'north-inland', 'east-hills', 'east-plain'], 'region'), 'region')} AS region
     FROM range(${persons}) p(i), range(1) e(j)`,
  `CREATE TABLE ws.main.condition AS SELECT i::INTEGER AS person_id,
     ${nullable(pick(['I10', 'I10', 'E11.9', 'E78.5', 'J45.9', 'F32.9', 'N18.3'], 'icd'), 'icd')} AS code,
     'icd-10' AS system, ${nullable(dayAfter('2005-01-01', 7000, 'onset'), 'onset')} AS onset_date,
     ${dayAfter('2005-01-01', 7300, 'rec')} AS recorded_date,
     ${pick(['active', 'active', 'resolved'], 'cs')} AS clinical_status,
     ${pick(['confirmed', 'confirmed', 'provisional'], 'vs')} AS verification_status FROM ${events(3, 'c')}`,
  `CREATE TABLE ws.main.observation AS SELECT i::INTEGER AS person_id,
     ${pick(['4548-4', '4548-4', '8480-6', '2160-0'], 'loinc')} AS code, 'loinc' AS system,
     ${nullable("4 + (hash(i, j, 'v') % 1000) / 100.0", 'v')}::DOUBLE AS value, '%' AS unit,
     ${dayAfter('2018-01-01', 2500, 'eff')} AS effective_date, NULL::VARCHAR AS value_code,
     ${pick(['final', 'final', 'amended'], 'os')} AS status FROM ${events(5, 'o')}`,
  `CREATE TABLE ws.main.medication_request AS SELECT i::INTEGER AS person_id,
     ${nullable(pick(['C10AA01', 'C10AA05', 'A10BA02', 'A10AE04', 'C09AA05'], 'atc'), 'atc')} AS code, 'atc' AS system,
     ${dayAfter('2018-01-01', 2600, 'auth')} AS authored_date, ${pick(['active', 'completed', 'stopped'], 'ms')} AS status,
     'order' AS intent FROM ${events(3, 'm')}`,
  `CREATE TABLE ws.main.encounter AS SELECT i::INTEGER AS person_id, ${pick(['AMB', 'EMER', 'IMP'], 'cl')} AS encounter_class,
     ${dayAfter('2018-01-01', 2600, 'st')} AS start_date,
     ${nullable(`${dayAfter('2018-01-01', 2600, 'st')} + (hash(i, j, 'los') % 20)::INTEGER`, 'en')} AS end_date,
     ${nullable("'t' || (hash(i, j, 'ty') % 50)", 'ty')} AS type_code FROM ${events(4, 'e')}`,
  `CREATE TABLE ws.main.procedure AS SELECT i::INTEGER AS person_id, 's' || (hash(i, j, 'pr') % 9) AS code, 'snomed' AS system,
     ${dayAfter('2018-01-01', 2600, 'pe')} AS performed_date, ${pick(['completed', 'not-done'], 'ps')} AS status FROM ${events(1, 'p')}`,
]

export async function specWorkspace(
  engine: Engine,
): Promise<Readonly<{ whole: string; folder: string }>> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-spec-'))
  const whole = join(folder, 'ws.duckdb')
  await engine.script({
    statements: [`ATTACH '${whole}' AS ws`, ...tableStatements()],
    read: [],
    write: [folder],
  })
  return { folder, whole }
}
