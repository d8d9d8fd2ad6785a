/**
 * A made-up population in the tables of the standard dictionary, written by SQL alone: sizes, ages, diseases, drugs,
 * results and deaths have the shape of a region's registers, no row stands for anybody. Deterministic.
 */
const persons = (count: number): string[] => [
  // u: uniform on [0, 1) from numbers and a word; z: nearly normal; day: a date within a span
  'CREATE TEMP MACRO u(a, b, word) AS (hash(hash(a, b, word)) >> 11)::DOUBLE / 9007199254740992.0',
  `CREATE TEMP MACRO z(a, b, word) AS (u(a, b, word) + u(a, b, word || '1') + u(a, b, word || '2') + u(a, b, word || '3') - 2) * 1.732`,
  'CREATE TEMP MACRO day(d, share, days) AS d + (share * days)::INTEGER',
  `CREATE TEMP TABLE who AS
     SELECT i, age, (DATE '2024-01-01' - (age * 365.25)::INTEGER)::DATE AS birth, u(i, 0, 'sex') < 0.505 AS woman,
       0.4 + 1.2 * u(i, 0, 'frail') AS frail, u(i, 0, 'dead') < least(0.7, 0.0055 * exp(0.085 * (age - 35))) AS dead,
       day(DATE '2015-01-01', sqrt(u(i, 0, 'death')), 3650) AS death
     FROM (SELECT i, CASE WHEN u(i, 0, 'old') < 0.8 THEN 72 * u(i, 0, 'age') ELSE 55 + 42 * pow(u(i, 0, 'age'), 1.4) END AS age
           FROM range(${count}) p(i))`,
  `CREATE TABLE ws.main.patient AS SELECT i::INTEGER AS person_id,
     CASE WHEN u(i, 1, 's') < 0.004 THEN NULL WHEN u(i, 1, 's') < 0.006 THEN 'unknown' WHEN woman THEN 'female' ELSE 'male' END AS sex,
     CASE WHEN u(i, 1, 'b') > 0.003 THEN birth END AS birth_date, dead AND death > birth AS deceased,
     CASE WHEN dead AND death > birth AND u(i, 1, 'dd') > 0.02 THEN death END AS deceased_date,
     CASE WHEN u(i, 1, 'r') < 0.34 THEN 'north-coast' WHEN u(i, 1, 'r') < 0.52 THEN 'north-inland'
          WHEN u(i, 1, 'r') < 0.72 THEN 'east-hills' WHEN u(i, 1, 'r') < 0.98 THEN 'east-plain' END AS region
     FROM who ORDER BY i`,
]

/** code, share at 60 years, growth per year of age, least age, share of women against men */
const diseases = [
  ["'I10'", 0.34, 0.045, 20, 1],
  ["'E11.9'", 0.11, 0.045, 25, 0.8],
  ["'E11.2'", 0.02, 0.05, 35, 0.8],
  ["'E11.4'", 0.015, 0.05, 35, 0.8],
  ["'E78.5'", 0.25, 0.035, 20, 1],
  ["'E66.9'", 0.14, 0.005, 10, 1.1],
  ["'I21.9'", 0.035, 0.05, 30, 0.5],
  ["'I21.4'", 0.02, 0.05, 30, 0.6],
  ["'I25.1'", 0.07, 0.055, 30, 0.6],
  ["'I50.9'", 0.03, 0.08, 35, 0.9],
  ["'I50.0'", 0.012, 0.08, 35, 0.9],
  ["'I48'", 0.035, 0.075, 35, 0.8],
  ["'I63.9'", 0.025, 0.07, 30, 0.9],
  ["'I64'", 0.008, 0.07, 30, 1],
  ["'I70.2'", 0.02, 0.05, 40, 0.6],
  ["'J44.9'", 0.07, 0.04, 35, 0.9],
  ["'J44.1'", 0.02, 0.045, 35, 0.9],
  ["'J45.9'", 0.08, -0.003, 2, 1.2],
  ["'N18.3'", 0.045, 0.07, 30, 1.1],
  ["'N18.4'", 0.012, 0.07, 30, 1],
  ["'N18.5'", 0.005, 0.05, 25, 0.9],
  ["'F32.9'", 0.11, 0.002, 12, 1.8],
  ["'F32.1'", 0.06, 0, 12, 1.8],
  ["'F33.9'", 0.05, 0.003, 16, 1.7],
  ["'F41.9'", 0.08, -0.004, 10, 1.7],
  ["'F03'", 0.008, 0.12, 55, 1.2],
  ["'G30.9'", 0.005, 0.12, 55, 1.2],
  ["'M16.9'", 0.08, 0.05, 40, 1.2],
  ["'M06.9'", 0.012, 0.03, 20, 2.2],
  ["'M54.5'", 0.22, 0.005, 12, 1.1],
  ["'C50.9'", 0.02, 0.035, 25, 40],
  ["'C61'", 0.025, 0.06, 45, 0.001],
  ["'C18.9'", 0.012, 0.055, 35, 0.8],
  ["'C34.9'", 0.009, 0.05, 40, 0.8],
  ["'K70.3'", 0.006, 0.02, 25, 0.5],
  ["'K21.0'", 0.11, 0.015, 10, 1],
  ["'U07.1'", 0.24, -0.004, 0, 1.1],
  ["'J06.9'", 0.3, -0.02, 0, 1],
  ["'J18.9'", 0.05, 0.03, 0, 0.9],
  ["'R07.4'", 0.09, 0.01, 15, 1],
] as const

const conditions = [
  `CREATE TEMP TABLE ill AS SELECT w.i, d.code, w.birth,
     CASE WHEN d.code = 'U07.1' THEN day(DATE '2020-03-01', u(w.i, 2, d.code), 1100)
          WHEN d.code IN ('J06.9', 'J18.9') THEN day(DATE '2019-01-01', u(w.i, 2, d.code), 2190)
          ELSE day(DATE '2009-01-01', sqrt(u(w.i, 2, d.code)), 5840) END AS onset
     FROM who w, (VALUES ${diseases.map((d) => `(${d.join(', ')})`).join(', ')}) d(code, share, slope, youngest, women)
     WHERE w.age > d.youngest AND u(w.i, 1, d.code)
       < d.share * least(6, exp(d.slope * (w.age - 60))) * w.frail * CASE WHEN w.woman THEN 2 * d.women / (1 + d.women) ELSE 2 / (1 + d.women) END`,
  'DELETE FROM ill WHERE onset < birth + 100',
  `CREATE TABLE ws.main.condition AS SELECT i::INTEGER AS person_id, code,
     CASE code WHEN 'I10' THEN '38341003' WHEN 'E11.9' THEN '44054006' WHEN 'J45.9' THEN '195967001' WHEN 'I48' THEN '49436004' END AS snomed_code,
     CASE WHEN j = 0 THEN 'problem-list-item' ELSE 'encounter-diagnosis' END AS category,
     CASE WHEN u(i, j, 'on' || code) > 0.12 THEN onset END AS onset_date,
     least(DATE '2024-12-31', day(onset, pow(u(i, j, 're' || code), 6), 900) + j * 150)::DATE AS recorded_date,
     CASE WHEN u(i, j, 'cs' || code) < 0.75 THEN 'active' WHEN u(i, j, 'cs' || code) < 0.9 THEN 'resolved' ELSE 'inactive' END AS clinical_status,
     CASE WHEN u(i, j, 'vs' || code) < 0.92 THEN 'confirmed' WHEN u(i, j, 'vs' || code) < 0.98 THEN 'provisional' ELSE 'refuted' END AS verification_status
     FROM ill, (SELECT range::INTEGER FROM range(4)) e(j) WHERE j = 0 OR u(i, j, 'again' || code) < 0.35 ORDER BY i`,
]

/** code, the diagnosis it is given for (a prefix, or nothing), share of those, share of all others, most prescriptions */
const drugs = [
  ['C10AA01', 'E78', 0.3, 0.03, 24],
  ['C10AA05', 'E78', 0.35, 0.03, 24],
  ['C10AA07', 'I2', 0.3, 0.005, 24],
  ['A10BA02', 'E11', 0.75, 0, 24],
  ['A10BH01', 'E11', 0.2, 0, 20],
  ['A10BK01', 'E11', 0.14, 0, 16],
  ['A10BK03', 'E11', 0.18, 0.001, 16],
  ['A10BJ06', 'E11', 0.1, 0.004, 12],
  ['A10AE04', 'E11', 0.18, 0.002, 24],
  ['C09AA05', 'I10', 0.4, 0.02, 24],
  ['C09CA01', 'I10', 0.3, 0.01, 24],
  ['C08CA01', 'I10', 0.3, 0.01, 24],
  ['C07AB02', 'I', 0.25, 0.01, 24],
  ['C03CA01', 'I50', 0.6, 0.01, 20],
  ['B01AC06', 'I2', 0.6, 0.03, 24],
  ['B01AA03', 'I48', 0.25, 0.003, 24],
  ['B01AF01', 'I48', 0.25, 0.004, 20],
  ['B01AF02', 'I48', 0.3, 0.004, 20],
  ['N06AB04', 'F3', 0.25, 0.01, 14],
  ['N06AB06', 'F3', 0.3, 0.015, 14],
  ['N06AX16', 'F3', 0.15, 0.005, 12],
  ['N06AX11', 'F3', 0.12, 0.01, 12],
  ['N05BA06', 'F4', 0.2, 0.01, 10],
  ['N05CF01', 'F', 0.2, 0.05, 12],
  ['N02AX02', 'M', 0.2, 0.05, 8],
  ['N02AA01', 'C', 0.3, 0.005, 8],
  ['R03AC02', 'J4', 0.7, 0.02, 18],
  ['R03AK06', 'J4', 0.4, 0.002, 18],
  ['A02BC01', 'K21', 0.6, 0.08, 20],
  ['M01AE01', 'M', 0.35, 0.12, 6],
  ['J01CA04', '', 0, 0.22, 4],
  ['J01CR02', '', 0, 0.1, 3],
  ['J01FA10', 'J', 0.2, 0.07, 3],
  ['H03AA01', '', 0, 0.03, 24],
] as const

const medicines = [
  `CREATE TEMP TABLE drug AS SELECT * FROM (VALUES ${drugs.map(([c, reason, ...r]) => `('${c}', '${reason}', ${r.join(', ')})`).join(', ')}) d(code, reason, share, other, most)`,
  `CREATE TEMP TABLE since AS SELECT x.i, r.reason, min(x.onset) AS onset
     FROM ill x, (SELECT DISTINCT reason FROM drug WHERE reason <> '') r WHERE starts_with(x.code, r.reason) GROUP BY x.i, r.reason`,
  `CREATE TEMP TABLE taker AS SELECT w.i, d.code, d.most,
     greatest(coalesce(x.onset + (pow(u(w.i, 3, d.code), 3) * 1500)::INTEGER, day(DATE '2016-01-01', u(w.i, 4, d.code), 3200)), DATE '2014-01-01') AS start
     FROM who w CROSS JOIN drug d LEFT JOIN since x ON x.i = w.i AND x.reason = d.reason
     WHERE u(w.i, 5, d.code) < CASE WHEN x.onset IS NULL THEN d.other ELSE d.share END`,
  `CREATE TABLE ws.main.medication_request AS SELECT i::INTEGER AS person_id, code,
     (start + j * 85 + (u(i, j, 'md' || code) * 40 + CASE WHEN u(i, 0, 'gap' || code) < 0.2 AND j > 2 THEN 260 ELSE 0 END)::INTEGER)::DATE AS authored_date,
     CASE WHEN u(i, j, 'ms' || code) < 0.5 THEN 'active' WHEN u(i, j, 'ms' || code) < 0.93 THEN 'completed' WHEN u(i, j, 'ms' || code) < 0.98 THEN 'stopped' ELSE 'cancelled' END AS status,
     'order' AS intent, 'routine' AS priority,
     CASE WHEN u(i, j, 'sd' || code) < 0.6 THEN 90.0 WHEN u(i, j, 'sd' || code) < 0.85 THEN 30.0 END::DOUBLE AS supply_duration
     FROM taker, (SELECT range::INTEGER FROM range(24)) e(j) WHERE j < 1 + most * u(i, 1, 'n' || code) AND start + j * 85 < DATE '2024-11-01' ORDER BY i`,
  `CREATE TABLE ws.main.medication_statement AS SELECT i::INTEGER AS person_id, code, start AS effective_date,
     NULL::DATE AS effective_end_date, start + 30 AS asserted_date, 'active' AS status FROM taker WHERE u(i, 7, code) < 0.2 ORDER BY i`,
]

const contacts = [
  `CREATE TEMP TABLE stay AS SELECT i, j, class,
     day(DATE '2018-01-01', u(i, j, class), 2556) + CASE WHEN class = 'IMP' AND j > 1 THEN -(u(i, j, 'x') * 30)::INTEGER ELSE 0 END AS start,
     CASE class WHEN 'IMP' THEN least(90, -5.5 * frail * ln(u(i, j, 'los') + 1e-9))::INTEGER ELSE 0 END AS los, age
     FROM who, (VALUES ('AMB', 24, 0.2), ('EMER', 4, 0.12), ('IMP', 3, 0.05)) c(class, most, base), (SELECT range::INTEGER FROM range(24)) e(j)
     WHERE j < most AND u(i, j, 'go' || class) < least(0.8, base * frail * exp(0.018 * (age - 20)) * 1.2)`,
  `CREATE TABLE ws.main.encounter AS SELECT i::INTEGER AS person_id, class AS encounter_class,
     CASE class WHEN 'IMP' THEN '32485007' WHEN 'EMER' THEN '50849002' ELSE '308335008' END AS type_code, start AS start_date,
     CASE WHEN u(i, j, 'open' || class) < 0.01 THEN NULL WHEN u(i, j, 'open' || class) < 0.012 THEN start - 1 ELSE start + los END AS end_date,
     CASE WHEN u(i, j, 'st' || class) < 0.97 THEN 'finished' ELSE 'in-progress' END AS status,
     CASE WHEN class <> 'IMP' THEN NULL WHEN u(i, j, 'dis') < 0.02 + age / 2500 THEN 'exp' WHEN u(i, j, 'dis') < 0.8 THEN 'home'
       WHEN u(i, j, 'dis') < 0.88 THEN 'rehab' WHEN u(i, j, 'dis') < 0.94 THEN 'long' ELSE 'other-hcf' END AS discharge_disposition
     FROM stay ORDER BY i`,
  `CREATE TABLE ws.main.claim AS SELECT i::INTEGER AS person_id,
     CASE class WHEN 'IMP' THEN 'institutional' WHEN 'EMER' THEN 'institutional' ELSE 'professional' END AS type, 'claim' AS use,
     CASE WHEN u(i, j, 'cst') < 0.97 THEN 'active' ELSE 'cancelled' END AS status, start + los + 20 AS created_date,
     start AS billable_start_date, start + los AS billable_end_date,
     round(CASE class WHEN 'IMP' THEN 600 + 550 * los WHEN 'EMER' THEN 180 ELSE 45 END * exp(0.6 * z(i, j, 'eur')), 2)::DOUBLE AS total_value,
     'EUR' AS total_currency FROM stay ORDER BY i`,
  `CREATE TABLE ws.main.procedure AS SELECT i::INTEGER AS person_id, code,
     day(DATE '2013-01-01', u(i, 1, code), 4300) AS performed_date, NULL::DATE AS performed_end_date,
     CASE WHEN u(i, 2, code) < 0.95 THEN 'completed' ELSE 'not-done' END AS status
     FROM (SELECT i, code, age, woman, low, high, share FROM who, (VALUES ('11466000', 20, 50, 0.09), ('52734007', 55, 100, 0.06),
       ('73761001', 45, 85, 0.28), ('40701008', 40, 100, 0.2), ('80146002', 5, 60, 0.04), ('77477000', 20, 100, 0.2)) c(code, low, high, share))
     WHERE age BETWEEN low AND high AND u(i, 0, code) < share AND (code <> '11466000' OR woman)
     UNION ALL SELECT i::INTEGER, '415070008', onset + (u(i, 0, 'pci') * 10)::INTEGER, NULL, 'completed' FROM ill
       WHERE starts_with(code, 'I21') AND u(i, 1, 'pci') < 0.6
     UNION ALL SELECT i::INTEGER, '52734007', start, NULL, 'completed' FROM stay WHERE class = 'IMP' AND age > 60 AND u(i, j, 'hip') < 0.05
     ORDER BY 1`,
]

const prevention = [
  `CREATE TABLE ws.main.immunization AS
     SELECT i::INTEGER AS person_id, '150' AS code, 'J07BB02' AS atc_code, make_date(2018 + j, 10, 1) + (u(i, j, 'flu') * 75)::INTEGER AS occurrence_date,
       CASE WHEN u(i, j, 'fs') < 0.97 THEN 'completed' ELSE 'not-done' END AS status, 1::BIGINT AS dose_number, true AS primary_source
       FROM who, (SELECT range::INTEGER FROM range(6)) e(j) WHERE u(i, j, 'f') < CASE WHEN age > 65 THEN 0.55 ELSE 0.08 END
     UNION ALL SELECT i::INTEGER, '208', CASE WHEN u(i, j, 'cv') < 0.8 THEN 'J07BN01' ELSE 'J07BN02' END, DATE '2021-01-15' + j * 150 + (u(i, j, 'c') * 120)::INTEGER,
       'completed', (j + 1)::BIGINT, true FROM who, (SELECT range::INTEGER FROM range(4)) e(j)
       WHERE age > 10 AND u(i, 0, 'never') > 0.18 AND j < 1 + 3.2 * sqrt(u(i, 0, 'doses')) * CASE WHEN age > 60 THEN 1.2 ELSE 0.9 END
     ORDER BY 1`,
  `CREATE TABLE ws.main.allergy_intolerance AS SELECT i::INTEGER AS person_id, code, 'allergy' AS type, category,
     CASE WHEN u(i, 1, code) < 0.2 THEN 'high' ELSE 'low' END AS criticality, NULL::DATE AS onset_date,
     day(DATE '2010-01-01', u(i, 2, code), 5000) AS recorded_date, 'active' AS clinical_status,
     CASE WHEN u(i, 3, code) < 0.6 THEN 'confirmed' ELSE 'unconfirmed' END AS verification_status
     FROM who, (VALUES ('764146007', 'medication', 0.07), ('256349002', 'food', 0.02), ('300913006', 'environment', 0.06)) c(code, category, share)
     WHERE u(i, 0, code) < share ORDER BY i`,
]

const measured = [
  `CREATE TEMP TABLE round AS SELECT w.*, j, day(DATE '2018-06-01', u(i, j, 'round'), 2400) AS d,
     i IN (SELECT i FROM ill WHERE starts_with(code, 'E11')) AS diabetic, i IN (SELECT i FROM ill WHERE starts_with(code, 'N18')) AS renal
     FROM who w, (SELECT range::INTEGER FROM range(9)) e(j) WHERE u(i, j, 'seen') < least(0.9, 0.06 + age / 110.0)`,
  `CREATE TABLE ws.main.observation AS
     SELECT i::INTEGER AS person_id, c.code, CASE WHEN u(i, j, 'lost' || c.code) < 0.01 THEN NULL ELSE
       round(CASE c.code WHEN '4548-4' THEN CASE WHEN diabetic THEN 7.2 + 1.3 * z(i, j, 'a1c') ELSE 5.5 + 0.4 * z(i, j, 'a1c') END
         WHEN '62238-1' THEN greatest(6, CASE WHEN renal THEN 42 ELSE 118 - 0.65 * age END + 13 * z(i, j, 'gfr'))
         WHEN '2093-3' THEN 5.2 + z(i, 0, 'chol') * 0.8 + 0.3 * z(i, j, 'chol') WHEN '13457-7' THEN greatest(0.5, 3 + z(i, 0, 'ldl') * 0.8 - 0.12 * j)
         WHEN '718-7' THEN CASE WHEN woman THEN 13.4 ELSE 14.8 END + 1.3 * z(i, j, 'hb') WHEN '2823-3' THEN 4.2 + 0.4 * z(i, j, 'k')
         WHEN '39156-5' THEN 26.5 + 4.6 * z(i, 0, 'bmi') + 0.5 * z(i, j, 'bmi') WHEN '8480-6' THEN 118 + age / 4 + 14 * z(i, j, 'sbp')
         WHEN '8462-4' THEN 76 + 8 * z(i, j, 'dbp') END, 2)::DOUBLE END AS value,
     NULL::VARCHAR AS comparator, CASE WHEN u(i, j, 'unit' || c.code) > 0.03 THEN c.unit END AS unit,
     CASE WHEN c.code = '72166-2' THEN CASE WHEN u(i, 0, 'smoke') < 0.14 THEN '449868002' WHEN u(i, 0, 'smoke') < 0.2 THEN '77176002'
       WHEN u(i, 0, 'smoke') < 0.45 THEN '8517006' ELSE '266919005' END END AS value_code,
     c.code IN ('8480-6', '8462-4') AS is_component, d AS effective_date, c.category,
     CASE WHEN u(i, j, 'os' || c.code) < 0.96 THEN 'final' ELSE 'amended' END AS status
     FROM round, (VALUES ('4548-4', '%', 0.2, 0.7, 'laboratory'), ('62238-1', 'mL/min/{1.73_m2}', 0.35, 0.3, 'laboratory'),
       ('2093-3', 'mmol/L', 0.4, 0.3, 'laboratory'), ('13457-7', 'mmol/L', 0.35, 0.3, 'laboratory'), ('718-7', 'g/dL', 0.45, 0.2, 'laboratory'),
       ('2823-3', 'mmol/L', 0.4, 0.3, 'laboratory'), ('39156-5', 'kg/m2', 0.35, 0.2, 'vital-signs'), ('8480-6', 'mm[Hg]', 0.6, 0.2, 'vital-signs'),
       ('8462-4', 'mm[Hg]', 0.6, 0.2, 'vital-signs'), ('72166-2', NULL, 0.3, 0.1, 'social-history')) c(code, unit, share, more, category)
     WHERE u(i, j, 'do' || c.code) < c.share + CASE WHEN diabetic THEN c.more ELSE 0 END ORDER BY i`,
  `CREATE TABLE ws.main.diagnostic_report AS SELECT i::INTEGER AS person_id, '24323-8' AS code,
     CASE WHEN u(i, j, 'dc') < 0.8 THEN 'LAB' ELSE 'RAD' END AS category, d AS effective_date,
     (d + least(20, -1.6 * ln(u(i, j, 'late') + 1e-9))::INTEGER)::DATE AS issued_date, 'final' AS status, NULL::VARCHAR AS conclusion_code
     FROM round WHERE u(i, j, 'rep') < 0.6 ORDER BY i`,
]

/** Statements that fill the attached database `ws` with `count` persons. */
export const populationStatements = (count: number): readonly string[] => [
  ...persons(count),
  ...conditions,
  ...medicines,
  ...contacts,
  ...prevention,
  ...measured,
]
