import type { Field, Reads } from '../../src/domain/script.ts'

/** The scores of sandbox/examples/person, written a second time as SQL over the workspace: `person_id` and the value. */
export type Reference = Readonly<{
  name: string
  reads: Reads
  field: Field
  /** The question asked of the frame. */
  text: string
  sql: string
}>

const has = (...patterns: string[]): string =>
  `coalesce(bool_or(regexp_matches(c.code, '^(${patterns.join('|')})')), FALSE)`
const points = (weight: number, ...patterns: string[]): string =>
  `CASE WHEN ${has(...patterns)} THEN ${weight} ELSE 0 END`
const worse = (severe: string, high: number, mild: string, low: number): string =>
  `CASE WHEN ${has(severe)} THEN ${high} WHEN ${has(mild)} THEN ${low} ELSE 0 END`

const charlson: Reference = {
  name: 'charlson',
  reads: { patient: ['sex'], condition: ['code'] },
  field: {
    name: 'charlson',
    type: 'integer',
    domain: { kind: 'range', min: 0, max: 29, step: 1 },
    otherwise: 0,
  },
  text: 'SELECT charlson, count(*) AS persons, sum(charlson) AS total FROM frame GROUP BY charlson',
  sql: `SELECT p.person_id, ${[
    points(1, 'I21', 'I22', 'I25\\.2'),
    points(
      1,
      'I09\\.9',
      'I11\\.0',
      'I13\\.[02]',
      'I25\\.5',
      'I42\\.[05-9]',
      'I43',
      'I50',
      'P29\\.0',
    ),
    points(1, 'I70', 'I71', 'I73\\.[189]', 'I77\\.1', 'I79\\.[02]', 'K55\\.[189]', 'Z95\\.[89]'),
    points(1, 'G45', 'G46', 'H34\\.0', 'I6'),
    points(1, 'F0[0-3]', 'F05\\.1', 'G30', 'G31\\.1'),
    points(1, 'I27\\.[89]', 'J4[0-7]', 'J6[0-7]', 'J68\\.4', 'J70\\.[13]'),
    points(1, 'M0[56]', 'M31\\.5', 'M3[234]', 'M35\\.[13]', 'M36\\.0'),
    points(1, 'K2[5-8]'),
    points(2, 'G04\\.1', 'G11\\.4', 'G80\\.[12]', 'G8[12]', 'G83\\.[012349]'),
    points(
      2,
      'I12\\.0',
      'I13\\.1',
      'N0[35]\\.[2-7]',
      'N1[89]',
      'N25\\.0',
      'Z49\\.[012]',
      'Z94\\.0',
      'Z99\\.2',
    ),
    points(6, 'B2[0124]'),
    worse(
      'I85\\.[09]|I86\\.4|I98\\.2|K70\\.4|K71\\.1|K72\\.[19]|K76\\.[567]',
      3,
      'B18|K70\\.[01239]|K71\\.[3457]|K7[34]|K76\\.[023489]|Z94\\.4',
      1,
    ),
    worse('E1[0-4]\\.[23457]', 2, 'E1[0-4]\\.[01689]', 1),
    worse(
      'C7[789]|C80',
      6,
      'C[01]|C2[0-6]|C3[0-4789]|C4[0135-9]|C5[0-8]|C6|C7[0-6]|C8[1-58]|C9[0-7]',
      2,
    ),
  ].join(' + ')} AS value
  FROM ws.main.patient p LEFT JOIN ws.main.condition c USING (person_id) GROUP BY p.person_id`,
}

const slope: Reference = {
  name: 'egfr-slope',
  reads: { patient: ['sex', 'birth_date'], observation: ['code', 'value', 'effective_date'] },
  field: {
    name: 'slope',
    type: 'decimal',
    domain: { kind: 'range', min: -30, max: 30, step: 0.01 },
    otherwise: null,
  },
  text: 'SELECT bucket(slope, -30, 30, 5) AS band, count(*) AS persons, avg(slope) AS mean FROM frame GROUP BY 1',
  sql: `WITH tests AS (
    SELECT person_id, sex = 'female' AS female, (effective_date - birth_date) / 365.25 AS years,
      value / CASE WHEN sex = 'female' THEN 0.7 ELSE 0.9 END AS ratio
    FROM ws.main.patient JOIN ws.main.observation USING (person_id) WHERE code = '2160-0'
  ), rates AS (
    SELECT person_id, years, 142 * pow(least(ratio, 1), CASE WHEN female THEN -0.241 ELSE -0.302 END)
      * pow(greatest(ratio, 1), -1.2) * pow(0.9938, years) * CASE WHEN female THEN 1.012 ELSE 1 END AS rate
    FROM tests
  )
  SELECT p.person_id, CASE WHEN count(r.rate) >= 3 THEN regr_slope(r.rate, r.years) END AS value
  FROM ws.main.patient p LEFT JOIN rates r USING (person_id) GROUP BY p.person_id`,
}

const risk: Reference = {
  name: 'risk',
  reads: {
    patient: ['sex', 'birth_date'],
    condition: ['code'],
    observation: ['code', 'value', 'effective_date'],
  },
  field: {
    name: 'risk',
    type: 'decimal',
    domain: { kind: 'range', min: 0, max: 1, step: 0.001 },
    otherwise: null,
  },
  text: 'SELECT bucket(risk, 0, 1, 0.1) AS band, count(*) AS persons, sum(risk) AS total FROM frame GROUP BY 1',
  sql: `SELECT person_id, 1 / (1 + exp(-(-9.1 + 0.068 * ((DATE '2025-01-01' - birth_date) / 365.25)
      + CASE WHEN sex = 'male' THEN 0.47 ELSE 0 END
      + CASE WHEN person_id IN (SELECT person_id FROM ws.main.condition WHERE starts_with(code, 'E1') AND code[3] <= '4') THEN 0.62 ELSE 0 END
      + 0.0155 * coalesce((SELECT o.value FROM ws.main.observation o WHERE o.person_id = p.person_id AND o.code = '8480-6'
          ORDER BY o.effective_date DESC, o.value DESC LIMIT 1), 130)))) AS value
  FROM ws.main.patient p`,
}

export const references: readonly Reference[] = [charlson, slope, risk]
